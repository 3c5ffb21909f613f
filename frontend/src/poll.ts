// The done page: whose did it become? Asked often at first, then ever more rarely, for two minutes. A module of its own,
// loaded once something was sent.

import type { Host } from "./controller";

interface Status {
  id?: string;
  state?: string;
  owner?: { name: string } | null;
  queue?: string | null;
}

const FIRST_WAIT_MS = 150;
const LONGEST_WAIT_MS = 4000;
const GIVE_UP_AFTER_MS = 120_000;

const isFinal = (state?: string) => state === "assigned" || state === "parked";

/** First letters of the first and the last name. */
const initials = (name: string) => {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0]!, ...(words.length > 1 ? [words.at(-1)!] : [])].map((word) => [...word][0]).join("").toUpperCase();
};

const show = (area: Element, { state, owner }: Status) => {
  if (owner?.name) {
    area.querySelector("[data-owner]")!.textContent = owner.name;
    area.querySelector("[data-initials]")!.textContent = initials(owner.name);
  }
  for (const part of area.querySelectorAll<HTMLElement>("[data-when]")) part.hidden = part.dataset.when !== state;
};

/** Ask `url` until the state is final; gives up after a while, or once `goesOn` says no. */
export const finalStatus = async (url: string, goesOn = () => true): Promise<Status | undefined> => {
  const until = performance.now() + GIVE_UP_AFTER_MS;
  for (let wait = FIRST_WAIT_MS; performance.now() < until; wait = Math.min(wait * 1.3, LONGEST_WAIT_MS)) {
    await new Promise((go) => setTimeout(go, wait));
    if (!goesOn()) return undefined;
    const found: Status = await fetch(url, { cache: "no-store", credentials: "omit" })
      .then((response) => response.json())
      .catch(() => ({}));
    if (isFinal(found.state)) return found;
  }
  return undefined;
};

/** All is there already: on a done page the server has filled in the name. */
const isShown = (area: HTMLElement) =>
  area.dataset["state"] === "parked" ||
  (area.dataset["state"] === "assigned" && !!area.querySelector("[data-owner]")!.textContent);

/** Ask `url` until the state is final, and show it in the owner's area. Ends when the area leaves the page. */
export const pollOwner = async (area: Element, url: string, emit: Host["emit"]): Promise<void> => {
  if (isShown(area as HTMLElement)) return;
  const found = await finalStatus(url, () => area.isConnected);
  if (!found) return;
  show(area, found);
  const { id, owner, queue } = found;
  emit("assigned", { id, owner, queue });
};
