// `Switchyard.capture(form, {form: "demo", map: {their_name: "our_key"}})`: what a form of the site sends comes to us
// too. Its own sending isn't touched. Only fields that the map names, or that are named as ours are, are sent.
// A module of its own: few pages need it. What it shares with the runtime it takes from there.

import type { Ending, Host } from "./controller";
import type { Opening, Stub } from "./embed/contract";
import type { Context, Field, Logic } from "./logic";
import type { Challenge } from "./proof";
import {
  captured,
  create,
  emitFrom,
  html,
  numberFromText,
  pageAddress,
  pageContext,
  pageData,
  TAG,
} from "./runtime.js";
import { finalStatus } from "./poll.js";
import type { Answer } from "./sender";
import { call, isPassing, solve } from "./sending.js";

export interface Options {
  form: string;
  /** The site's names -> keys of our fields. */
  map?: { [name: string]: string };
  language?: string;
}

/** Values by the key of our field. */
type Found = { [key: string]: string[] };

/** Of a session, once there is one. */
interface Begun {
  session?: string;
  challenge?: Challenge | null;
  fields?: Field[];
  /** When it began. */
  at?: number;
}

/** What waits for the server; kept in the tab, so that leaving the page loses nothing. */
interface Waiting extends Begun {
  form: string;
  language: string;
  context: Context;
  found: Found;
}

const KEPT = "switchyard:captured";
const SEND_MS = 20_000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;
const UNHURRIED_MS = 2000;
/** What is sent sooner after beginning looks like a robot's: a form that the browser filled in. */
const HURRIED_MS = 600;
/** Somebody is about to use the form. The pointer comes before the click on the button of a filled-in form. */
const INTENTS = ["focusin", "input", "pointerover"];
const STALE = new Set(["filling_expired", "filling_invalid", "form_version_expired", "unknown_version"]);
const SECRET = /^(password|file)$|^cc-|-password$|^one-time-code$/;

// Reading the site's form.

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const isSecret = ({ type, autocomplete }: Control): boolean =>
  [type, ...(autocomplete ?? "").split(" ")].some((word) => SECRET.test(word));

const valuesOf = (control: Control): string[] => {
  if ("selectedOptions" in control) return [...control.selectedOptions].map((option) => option.value);
  const isOff = /^(radio|checkbox)$/.test(control.type) && !(control as HTMLInputElement).checked;
  return isOff || !control.value ? [] : [control.value];
};

/** By the map's keys, else by the site's names, which may be ours. */
const read = (form: HTMLFormElement, map: { [name: string]: string }): Found => {
  const found: Found = {};
  for (const control of form.elements as unknown as Iterable<Control>) {
    const key = map[control.name] ?? control.name;
    if (key && !isSecret(control)) found[key] = [...(found[key] ?? []), ...valuesOf(control)];
  }
  return found;
};

/** Only what the form asks for. Without a session nobody knows that yet, and nothing is left out or sent. */
const asked = (found: Found, fields?: Field[]): Found =>
  fields ? Object.fromEntries(Object.entries(found).filter(([key]) => fields.some((field) => field.key === key))) : found;

/** As the API takes them: ticks as true and false, several choices as a list. */
const answersFrom = (found: Found, fields: Field[]): { [key: string]: unknown } =>
  Object.fromEntries(
    fields.flatMap(({ key, type, numeric, source }): [string, unknown][] => {
      const values = found[key];
      if (!values || source) return [];
      if (type === "checkbox" || type === "consent") return [[key, values.length > 0]];
      const typed = type === "number" ? values.map(numberFromText) : numeric ? values.map(Number) : values;
      if (type === "checkboxes") return [[key, typed]];
      return values[0] ? [[key, typed[0]]] : [];
    }),
  );

// What waits: in the tab; with consent beyond it.

const withStorages = <Result>(what: (tab: Storage, browser: Storage) => Result): Result | undefined => {
  try {
    return what(sessionStorage, localStorage);
  } catch {
    return undefined; // the browser keeps nothing
  }
};

const kept = (): Waiting[] =>
  withStorages((tab, browser) => JSON.parse(tab.getItem(KEPT) ?? browser.getItem(KEPT) ?? "[]") as Waiting[]) ?? [];

const keep = (waiting: Waiting[], mayOutlive: boolean): void =>
  withStorages((tab, browser) => {
    tab.setItem(KEPT, JSON.stringify(waiting));
    if (mayOutlive && waiting.length) browser.setItem(KEPT, JSON.stringify(waiting));
    else browser.removeItem(KEPT);
  });

const without = ({ form, found }: Waiting): Waiting[] =>
  kept().filter((each) => each.form !== form || JSON.stringify(each.found) !== JSON.stringify(found));

const sleep = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

const courier = (stub: Stub) => {
  const mayOutlive = (): boolean => stub.consented(document.documentElement);
  /** Proofs by the challenge's salt: they are worked out while the visitor is still typing. */
  const proofs = new Map<string, string>();

  const open = (form: string, language: string): Promise<Opening> => stub.begin(create(TAG, { form, language }));

  const adopt = (opening: Opening): Begun => {
    const { challenge } = opening;
    if (challenge) void solve(challenge).then((proof) => proofs.set(challenge.salt, proof));
    const { steps } = JSON.parse(html(opening.html).querySelector("[data-logic]")!.textContent!) as Logic;
    const fields = steps.flatMap((step) => [...step.fields, ...(step.further ?? [])]);
    return { session: opening.session, challenge, fields, at: Date.now() };
  };

  /** One attempt. Where there was no session in time, one is begun; sent at once it would look like a robot's. */
  const send = async (waiting: Waiting): Promise<Answer> => {
    const { form, language, context, found } = waiting;
    if (!waiting.session) {
      const opening = await open(form, language).catch(() => undefined);
      if (!opening) return { status: 0, body: {} };
      if (!opening.session) return { status: 400, body: opening as Answer["body"] };
      const earlier = without(waiting);
      Object.assign(waiting, adopt(opening));
      waiting.found = asked(found, waiting.fields);
      keep([...earlier, waiting], false);
      await sleep(UNHURRIED_MS);
    }
    const { session, challenge, fields, at = 0 } = waiting;
    const early = at + HURRIED_MS - Date.now();
    // Unless the page is left before: better looked at by somebody than lost.
    if (early > 0) await Promise.race([sleep(early), new Promise((go) => addEventListener("pagehide", go, { once: true }))]);
    // At once, in one go, if need be: the page is about to be left.
    const proof = challenge ? (proofs.get(challenge.salt) ?? (await solve(challenge, Infinity))) : undefined;
    const body = { session, answers: answersFrom(waiting.found, fields!), context, proof };
    return call("POST", `${stub.api}/forms/${form}/submissions`, body, SEND_MS);
  };

  const tell = async (emit: Host["emit"], body: Answer["body"]): Promise<void> => {
    const { id, status_url: statusUrl, ending } = body as { id?: string; status_url?: string; ending?: Ending };
    if (!id) return emit("error", body);
    emit("submitted", { id, ending: ending?.key });
    const found = statusUrl && (await finalStatus(statusUrl));
    if (found) emit("assigned", { id, owner: found.owner, queue: found.queue });
  };

  /** Tries until the server has decided. The same session and answers are one submission, however often they come. */
  const deliver = async (waiting: Waiting, emit: Host["emit"]): Promise<void> => {
    keep([...without(waiting), waiting], false);
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      const answer = await send(waiting);
      if (isPassing(answer)) keep([...without(waiting), waiting], mayOutlive());
      if (STALE.has(answer.body["code"] as string)) delete waiting.session;
      else if (!isPassing(answer)) {
        keep(without(waiting), mayOutlive());
        return tell(emit, answer.body);
      }
      await Promise.race([sleep(wait), new Promise((go) => addEventListener("online", go, { once: true }))]);
    }
  };

  return { open, adopt, deliver };
};

type Courier = ReturnType<typeof courier>;

const listen = (form: HTMLFormElement, { form: slug, map = {}, language }: Options, by: Courier): void => {
  const page = pageAddress();
  const inLanguage = language ?? form.closest<HTMLElement>("[lang]")?.lang ?? "";
  let begun: Begun = {};
  const begin = async (): Promise<void> => {
    const opening = await by.open(slug, inLanguage).catch(() => undefined);
    if (opening?.session) begun = by.adopt(opening);
  };
  const beginning = new AbortController();
  const start = (): void => {
    beginning.abort();
    void begin();
  };
  for (const intent of INTENTS) form.addEventListener(intent, start, { signal: beginning.signal });
  if (form.matches(":focus-within")) start();
  form.addEventListener("submit", () => {
    const fields = begun.fields ?? [];
    const found = asked(read(form, map), begun.fields);
    const sources = fields.map((field) => field.source ?? {});
    const names = {
      cookies: sources.flatMap((source) => source.cookie ?? []),
      data: sources.flatMap((source) => source.data ?? []),
    };
    const context = pageContext(page, names, pageData);
    void by.deliver({ form: slug, language: inLanguage, context, found, ...begun }, emitFrom(form));
  });
};

let known: Courier | undefined;

/** The first call sends what an earlier page couldn't. */
export const capture = (stub: Stub, target: string | HTMLFormElement, options: Options): void => {
  if (!known) {
    known = courier(stub);
    for (const waiting of kept()) void known.deliver(waiting, () => {});
  }
  for (const form of typeof target === "string" ? document.querySelectorAll<HTMLFormElement>(target) : [target]) {
    if (captured.has(form)) continue;
    captured.add(form);
    listen(form, options, known);
  }
};
