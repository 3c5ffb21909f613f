// `Switchyard.capture(form, {form: "demo", map: {their_name: "our_key"}})`: what a form of the site sends comes to us
// too. Its own sending isn't touched. Only fields that the map names, or that are named as ours, are read.

import { pageContext } from "../context";
import { pollOwner, type Ending } from "../controller";
import type { Context, Field, Logic } from "../logic";
import { solve, type Challenge } from "../proof";
import { call, isPassing } from "../sender";
import type { Opening, Stub } from "./contract";
import { create, html } from "./markup";
import { captured, emitFrom, pageAddress, pageData, TAG } from "./page";

interface Options {
  form: string;
  /** The site's names -> keys of our fields. */
  map?: { [name: string]: string };
  language?: string;
}

/** What waits for the server; kept in the tab, so that leaving the page loses nothing. */
interface Waiting {
  form: string;
  language: string;
  context: Context;
  /** The values of each control that is ours. */
  found: Found;
  /** Of the session, once there is one. */
  session?: string;
  challenge?: Challenge | null;
  fields?: Field[];
}

type Found = { [key: string]: string[] };

const KEPT = "switchyard:captured";
const SEND_MS = 20_000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;
const SECRET = /^(password|file)$|^cc-|-password$|^one-time-code$/;

const begin = (stub: Stub, form: string, language: string): Promise<Opening> =>
  stub.begin(create(TAG, { form, language }));

const logicOf = (opening: Opening): Logic =>
  JSON.parse(html(opening.html).querySelector("[data-logic]")!.textContent!) as Logic;

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const isSecret = ({ type, autocomplete }: Control): boolean =>
  SECRET.test(type) || autocomplete.split(" ").some((part) => SECRET.test(part));

const valuesOf = (control: Control): string[] => {
  if ("selectedOptions" in control) return [...control.selectedOptions].map((option) => option.value);
  const isOff = /^(radio|checkbox)$/.test(control.type) && !(control as HTMLInputElement).checked;
  return isOff || !control.value ? [] : [control.value];
};

/** Only what the map names, or is named as one of our fields is. */
const read = (form: HTMLFormElement, map: { [name: string]: string }, keys: Set<string>): Found => {
  const found: Found = {};
  for (const control of form.elements as unknown as Iterable<Control>) {
    const key = map[control.name] ?? (keys.has(control.name) ? control.name : "");
    if (key && !isSecret(control)) found[key] = [...(found[key] ?? []), ...valuesOf(control)];
  }
  return found;
};

/** As the API takes them: ticks as true and false, several choices as a list. */
const answersFrom = (found: Found, fields: Field[]): { [key: string]: unknown } =>
  Object.fromEntries(
    fields.flatMap(({ key, type, numeric }): [string, unknown][] => {
      const values = found[key];
      if (!values) return [];
      if (type === "checkbox" || type === "consent") return [[key, values.length > 0]];
      const typed = numeric ? values.map(Number) : values;
      if (type === "checkboxes") return [[key, typed]];
      return values[0] ? [[key, typed[0]]] : [];
    }),
  );

// What waits. In the tab; with consent beyond it.

const storages = (): Storage[] => {
  try {
    return [sessionStorage, localStorage];
  } catch {
    return []; // the browser keeps nothing
  }
};

const kept = (): Waiting[] => {
  const found = storages().map((storage) => storage.getItem(KEPT));
  return JSON.parse(found.find(Boolean) ?? "[]") as Waiting[];
};

const keep = (waiting: Waiting[], mayOutlive: boolean): void => {
  const [tab, browser] = storages();
  const text = JSON.stringify(waiting);
  for (const [storage, keeps] of [[tab, true], [browser, mayOutlive]] as const) {
    if (keeps && waiting.length) storage?.setItem(KEPT, text);
    else storage?.removeItem(KEPT);
  }
};

const without = ({ form, found }: Waiting): Waiting[] =>
  kept().filter((each) => each.form !== form || JSON.stringify(each.found) !== JSON.stringify(found));

const sleep = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

/** By the challenge's salt: begun while the visitor was still typing. */
const proofs = new Map<string, Promise<string>>();

const prove = (challenge: Challenge): Promise<string> => {
  const known = proofs.get(challenge.salt) ?? solve(challenge);
  proofs.set(challenge.salt, known);
  return known;
};

const begin = async (stub: Stub, form: string, language: string): Promise<Opening> =>
  stub.begin(create(TAG, { form, language }));

const fieldsOf = (opening: Opening): Field[] => {
  const text = html(opening.html).querySelector("[data-logic]")!.textContent!;
  const { steps } = JSON.parse(text) as Logic;
  return steps.flatMap((step) => [...step.fields, ...(step.further ?? [])]).filter((field) => !field.source);
};

const adopt = (opening: Opening): Pick<Waiting, "session" | "challenge" | "fields"> => {
  if (opening.challenge) void prove(opening.challenge);
  return { session: opening.session, challenge: opening.challenge, fields: fieldsOf(opening) };
};

/** One attempt. Where there was no session in time, one is begun for it; sent at once it would look like a robot's. */
const send = async (stub: Stub, waiting: Waiting): Promise<Answer> => {
  const { form, language, context, found } = waiting;
  if (!waiting.session) {
    const opening = await begin(stub, form, language).catch(() => undefined);
    if (!opening) return { status: 0, body: {} };
    if (!opening.session) return { status: 400, body: { ...opening } };
    Object.assign(waiting, adopt(opening));
    keep([...without(waiting), waiting], stub.consented(document.documentElement));
    await sleep(UNHURRIED_MS);
  }
  const { session, challenge, fields } = waiting;
  const proof = challenge ? await prove(challenge) : undefined;
  const body = { session, answers: answersFrom(found, fields!), context, proof };
  return call("POST", `${stub.api}/forms/${form}/submissions`, body, SEND_MS);
};

const STALE = new Set(["filling_expired", "filling_invalid", "form_version_expired", "unknown_version"]);

/** Tries until the server has decided. */
const deliver = async (stub: Stub, waiting: Waiting, emit: Host["emit"]): Promise<void> => {
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
    const { status, body } = await send(stub, waiting);
    const isStale = STALE.has(body["code"] as string);
    if (isStale) delete waiting.session;
    else if (!isPassing({ status, body })) {
      keep(without(waiting), stub.consented(document.documentElement));
      return tell(emit, body);
    }
    await Promise.race([sleep(wait), new Promise((go) => addEventListener("online", go, { once: true }))]);
  }
};

const tell = (emit: Host["emit"], body: Answer["body"]): void => {
  const { id, status_url: statusUrl, ending } = body as { id?: string; status_url?: string; ending?: Ending };
  if (!id) return emit("error", body);
  emit("submitted", { id, ending: ending?.key });
  if (statusUrl) void awaitOwner(statusUrl, () => true, emit);
};

const listen = (stub: Stub, form: HTMLFormElement, { form: slug, map = {}, language }: Options): void => {
  const inLanguage = language ?? form.closest<HTMLElement>("[lang]")?.lang ?? "";
  let begun: ReturnType<typeof adopt> = {};
  const prepare = async (): Promise<void> => {
    const opening = await begin(stub, slug, inLanguage);
    if (opening.session) begun = adopt(opening);
  };
  form.addEventListener("focusin", () => void prepare().catch(() => {}), { once: true });
  form.addEventListener("submit", () => {
    const found = read(form, map, new Set(begun.fields?.map(({ key }) => key)));
    const names = { cookies: sourcesOf(begun, "cookie"), data: sourcesOf(begun, "data") };
    const context = pageContext(pageAddress(), names, pageData);
    const waiting: Waiting = { form: slug, language: inLanguage, context, found, ...begun };
    keep([...without(waiting), waiting], stub.consented(form));
    void deliver(stub, waiting, emitFrom(form));
  });
};

let hasResumed = false;

/** What an earlier page couldn't send. */
export const resumeSending = (stub: Stub): void => {
  if (hasResumed) return;
  hasResumed = true;
  for (const waiting of kept()) void deliver(stub, waiting, () => {});
};

export const capture = (stub: Stub, target: string | HTMLFormElement, options: Options): void => {
  const forms = typeof target === "string" ? document.querySelectorAll<HTMLFormElement>(target) : [target];
  for (const form of forms) {
    if (captured.has(form)) continue;
    captured.add(form);
    listen(stub, form, options);
  }
};
