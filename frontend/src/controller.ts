// The form in the browser: shows what comes, says what is wrong and keeps. What happens once a button is pressed is in
// sending.ts, which is loaded as soon as the form is ready.
//
// The markup is whole without it (docs/form-protocol.md); everything here only toggles and fills what is there.

import { check, type Outcome } from "./check";
import { findItems, rawValue, restore, snapshot, type Item } from "./controls";
import { errorClearer, setError } from "./errors";
import { fill, wordsFor, type Context, type Field, type Logic } from "./logic";
import { part } from "./part";
import type { Challenge } from "./proof";
import type { Sender } from "./sending";
import { formStore } from "./store";
import { walk, type Known, type Walk } from "./walk";

export interface Ending {
  key: string;
  kind: string;
  title?: string;
  message?: string;
  url?: string;
  form?: string;
  html?: string;
}

/** What the server says when it begins a session; `version` and `variant` are only passed on. */
export interface Session {
  form: string;
  session: string;
  session_id: string;
  challenge: Challenge | null;
  saves: boolean;
  known: Known;
  /** The last step that was finished; the markup shows the one after it. */
  resumed_step?: string | null;
  version?: number;
  variant?: string;
}

export interface Host {
  api: string;
  consented(): boolean;
  context(names: { cookies: string[]; data: string[] }): Context;
  emit(name: "ready" | "step" | "submitted" | "assigned" | "error", detail: object): void;
  done(answer: { id?: string; status_url?: string; ending: Ending }): void;
  /**
   * The session is too old. Give a new one that fits the same markup; or give nothing, after starting to show the form
   * anew: the answers are kept, and what was to be sent is then sent by itself.
   */
  renew?(): Promise<Session | void>;
  /** Steps are entries of the browser's history. */
  history?: boolean;
}

/** The script that isn't needed before somebody presses a button. */
export const loadSending = () => part<typeof import("./sending")>("sending.js");

/** Whose the submission becomes, in the ending's area. A name that can't be had is left out. */
export const loadOwner = async (area: Element, url: string, emit: Host["emit"]): Promise<void> => {
  const script = await part<typeof import("./poll")>("poll.js").catch(() => {});
  return script?.pollOwner(area, url, emit);
};

/** One filling of the form: what this and sending.ts share. */
export interface Filling {
  readonly form: HTMLFormElement;
  readonly logic: Logic;
  readonly host: Host;
  readonly items: Map<string, Item>;
  /** One per step of the form. */
  readonly sections: HTMLElement[];
  /** Aborted when the form leaves the page. */
  readonly signal: AbortSignal;
  /** What the server refused, until it is changed: field key -> the raw answer as JSON, and the words. */
  readonly refused: Map<string, [string, string]>;
  session: Session;
  context: Context;
  now: Walk;
  /** Index of the step that is shown. */
  at: number;
  isBusy: boolean;
  /** What is kept stays as it is: sent, or waiting for a fresh page. */
  isClosed: boolean;
  isRenewed: boolean;
  isNoticed: boolean;
  /** A submission that couldn't be sent. */
  pending: object | undefined;
  readonly part: typeof part;
  /** Until the form leaves the page. */
  on<E extends Event>(target: EventTarget, type: string, handle: (event: E) => void): void;
  say(text?: string): void;
  setBusy(busy: boolean, text?: string): void;
  fail(answer: { code?: string; message?: string }): void;
  keep(more?: object): void;
  forget(): void;
  /** Reads the page's data again. */
  renewContext(): void;
  /** Looks at everything anew, and shows it. */
  refresh(): void;
  /** The same after a change: new questions on the step are announced. */
  update(): void;
  /** Called after every look. */
  follow?: () => void;
  /** What is answered, as the server takes it. */
  raw(item: Item): unknown;
  /** At its field. */
  setError(item: Item, text: string): void;
  itemsOn(wanted: (step: number) => boolean): Item[];
  wrongOn(wanted: (step: number) => boolean): [Item, string][];
  isLast(): boolean;
  stepBefore(step: number): number | undefined;
  /** The wanted step, or the first before it where something is wrong. */
  reachable(step: number): number;
  emitStep(): void;
  /** That answers are kept is said before the first are. */
  showNotice(): void;
}

/** For the second script, once somebody needs it. */
const PATIENCE_MS = 10_000;
/** In which a browser has drawn once, at 60 frames a second. */
const FRAME_MS = 20;

const after = (ms: number) => new Promise<undefined>((go) => setTimeout(go, ms));

/** Today where the visitor is. */
const today = () => {
  const now = new Date();
  return new Date(+now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};

const setHidden = (element: HTMLElement | null, hidden: boolean) => {
  // Writing what is there already would cost a style calculation.
  if (element && element.hidden !== hidden) element.hidden = hidden;
};

const setText = (element: HTMLElement, text: string) => {
  if (element.textContent !== text) element.textContent = text;
};

export const mount = (form: HTMLFormElement, session: Session, host: Host): { destroy(): void } => {
  const find = <T extends HTMLElement>(selector: string) => form.querySelector<T>(selector);
  const logic: Logic = JSON.parse(find("[data-logic]")!.textContent!);
  const { steps, words } = logic;
  const sections = steps.map(({ key }) => find(`[data-step="${key}"]`)!);
  const items = findItems(form, logic);
  const clearError = errorClearer(form);
  const store = formStore(session.form);
  const primary = find("button[value=next]")!;
  const back = find("button[value=back]")!;
  const saving = find("[data-saving]");
  const progress = find("[data-progress]")!;
  const bar = progress.querySelector(".bar")!;
  const position = form.elements.namedItem("_step") as HTMLInputElement;
  const named = (kind: "cookie" | "data") =>
    steps.flatMap((step) => step.fields).flatMap(({ source }) => source?.[kind] ?? []);
  const names = { cookies: named("cookie"), data: named("data") };
  const ending = new AbortController();
  const { signal } = ending;

  /** Fields that the visitor has filled in or changed, now or before a reload. */
  const touched = new Set<Item>();
  let isPressing = false;
  let sender: Promise<Sender | undefined> | undefined;

  const on = <E extends Event>(target: EventTarget, type: string, handle: (event: E) => void) =>
    target.addEventListener(type, handle as EventListener, { signal });

  const say = (text = "") => {
    find("[data-status]")!.textContent = text;
  };

  const setBusy = (busy: boolean, text?: string) => {
    filling.isBusy = busy;
    form.setAttribute("aria-busy", `${busy}`);
    say(text);
  };

  const fail = ({ code = "network", message = words["try_again"] }: { code?: string; message?: string }) => {
    setBusy(false, message);
    host.emit("error", { code, message });
  };

  const keep = (more?: object) => {
    const { at, pending, isClosed } = filling;
    const values = Object.fromEntries([...touched].map((item) => [item.field.key, snapshot(item)]));
    if (!isClosed) store.save({ values, step: steps[at]!.key, pending, ...more }, host.consented());
  };

  // What is there: answers, steps, words.

  const read = (field: Field): Outcome => {
    const raw = rawValue(items.get(field.key)!);
    const [what, text] = filling.refused.get(field.key) ?? [];
    return text && what === JSON.stringify(raw) ? { refused: { code: "", text } } : check(field, raw, today());
  };

  const itemsOn = (wanted: (step: number) => boolean) =>
    [...filling.now.visible].map((key) => items.get(key)!).filter((item) => wanted(item.step));

  const itemsHere = () => itemsOn((step) => step === filling.at);

  const stepBefore = (step: number) => filling.now.steps.filter((each) => each < step).at(-1);

  const isLast = () => filling.at === filling.now.steps.at(-1);

  const look = () => {
    const now = walk(logic, read, filling.session.known, filling.context);
    filling.now = now;
    filling.follow?.();
    if (!now.steps.includes(filling.at)) filling.at = stepBefore(filling.at) ?? now.steps[0] ?? 0;
  };

  /** As events and the progress bar tell it. */
  const progressNow = () => {
    const { at, now } = filling;
    return { number: now.steps.indexOf(at) + 1, total: now.steps.length };
  };

  const showProgress = () => {
    const { number, total } = progressNow();
    setHidden(progress, total < 2);
    setText(find("[data-progress-text]")!, fill(words["step_of"] ?? "", { number, total }));
    while (bar.children.length > total) bar.lastElementChild!.remove();
    while (bar.children.length < total) bar.append(document.createElement("span"));
    [...bar.children].forEach((mark, i) => {
      mark.className = i + 1 < number ? "done" : i + 1 > number ? "ahead" : "now";
    });
  };

  const show = () => {
    const { at, now } = filling;
    for (const [key, item] of items) {
      const isVisible = now.visible.has(key);
      setHidden(item.box, !isVisible);
      if (!isVisible) clearError(item);
    }
    sections.forEach((section, i) => setHidden(section, i !== at));
    showProgress();
    setHidden(back, at === now.steps[0]);
    setText(primary, primary.dataset[isLast() && !now.gate ? "send" : "next"]!);
    setHidden(saving, !(filling.isNoticed && !isLast()));
  };

  const refresh = () => {
    look();
    show();
  };

  /** After every change. New questions on the step are announced. */
  const update = () => {
    const before = filling.now.visible;
    refresh();
    if (itemsHere().some(({ field }) => !before.has(field.key))) say(words["new_questions"]);
  };

  const emitStep = () => host.emit("step", { step: steps[filling.at]!.key, ...progressNow() });

  // Going from step to step.

  const wrongOn = (wanted: (step: number) => boolean): [Item, string][] =>
    itemsOn(wanted).flatMap((item) => {
      const refusal = filling.now.wrong.get(item.field.key);
      return refusal ? [[item, wordsFor(logic, item.field, refusal)] as [Item, string]] : [];
    });

  /** The wanted step, or the first before it where something is wrong. */
  const reachable = (step: number) => Math.min(step, ...wrongOn((each) => each < step).map(([item]) => item.step));

  const showNotice = () => {
    if (filling.isNoticed || !filling.session.saves) return;
    filling.isNoticed = true;
    show();
  };

  const filling: Filling = {
    form,
    logic,
    host,
    items,
    sections,
    signal,
    refused: new Map(),
    session,
    context: host.context(names),
    // Before the first look nothing is visible.
    now: { answers: {}, visible: new Set(), path: [], steps: [], wrong: new Map() },
    at: 0,
    isBusy: false,
    isClosed: false,
    isRenewed: false,
    isNoticed: false,
    pending: undefined,
    part,
    on,
    say,
    setBusy,
    fail,
    keep,
    forget: store.clear,
    refresh,
    update,
    renewContext() {
      filling.context = host.context(names);
    },
    raw: rawValue,
    setError,
    itemsOn,
    wrongOn,
    isLast,
    stepBefore,
    reachable,
    emitStep,
    showNotice,
  };

  // What the visitor does.

  /** Whoever needs it tries again where it couldn't be had before. */
  const loadSender = () =>
    (sender ??= loadSending().then(
      ({ senderFor }) => senderFor(filling),
      () => (sender = undefined),
    ));

  /** Continue or Back. A hosted page can go on without the script: its own post, and the next page has the answers. */
  const press = async (button: HTMLElement | null) => {
    if (filling.isBusy) return;
    setBusy(true, words["one_moment"]);
    // The press is seen before the work begins.
    await after(FRAME_MS);
    const found = await Promise.race([loadSender(), after(PATIENCE_MS)]);
    if (signal.aborted) return;
    setBusy(false);
    if (found) return found.press(button === back);
    if (!host.history) return fail({});
    keep({ step: undefined });
    ending.abort();
    form.requestSubmit(button);
  };

  const itemOf = (event: Event) => {
    const box = (event.target as Element).closest<HTMLElement>("[data-field]");
    return box && items.get(box.dataset["field"]!);
  };

  const recheck = (item: Item, mayAppear: boolean) => {
    const refusal = filling.now.wrong.get(item.field.key);
    if (!refusal) return clearError(item);
    if (!mayAppear) return;
    const text = wordsFor(logic, item.field, refusal);
    setError(item, text);
    say(text);
  };

  const changed = (event: Event) => {
    const item = itemOf(event);
    if (!item) return;
    touched.add(item);
    update();
    recheck(item, false);
    showNotice();
    if (event.type === "change") keep();
  };

  const left = (event: FocusEvent) => {
    const item = itemOf(event);
    const stays = item?.box.contains(event.relatedTarget as Node | null);
    // An error that appears under a pressed button would move it away from the pointer.
    if (item && touched.has(item) && !stays && !isPressing) recheck(item, true);
  };

  const listen = () => {
    on<SubmitEvent>(form, "submit", (event) => {
      event.preventDefault();
      isPressing = false;
      void press(event.submitter);
    });
    on(form, "input", changed);
    on(form, "change", changed);
    on(form, "focusout", left);
    on(form, "pointerdown", (event) => {
      isPressing = !!(event.target as Element).closest("button");
    });
    on(window, "pagehide", () => keep());
  };

  const begin = () => {
    const kept = store.load();
    for (const [key, values] of Object.entries(kept.values ?? {})) {
      const item = items.get(key);
      if (!item) continue;
      if (item.field.type === "region") item.inputs[0]!.dataset["wanted"] = values[0];
      restore(item, values);
      touched.add(item);
    }
    filling.pending = kept.pending;
    filling.isRenewed = !!kept.again;
    look();
    const step = kept.step || position.value;
    const index = steps.findIndex(({ key }) => key === step);
    filling.at = reachable(filling.now.steps.includes(index) ? index : filling.now.steps[0]!);
    position.value = steps[filling.at]!.key;
    show();
    if (host.history && !history.state) history.replaceState({ step: filling.at, depth: 0 }, "");
    listen();
    form.dataset["ready"] = "";
    host.emit("ready", { form: session.form, version: session.version, variant: session.variant });
    emitStep();
    if (session.resumed_step) say(words["resumed"]);
    // What an earlier page couldn't send, it sends as soon as it is there.
    void loadSender();
    if (kept.again) void press(null);
  };

  begin();
  return {
    destroy() {
      keep();
      ending.abort();
    },
  };
};
