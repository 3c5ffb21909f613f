// The form in the browser: shows what comes, says what is wrong, keeps, and sends.
//
// The markup is whole without it (docs/form-protocol.md); everything here only toggles and fills what is there.

import { check, type Outcome } from "./check";
import { findItems, rawValue, restore, snapshot, type Item } from "./controls";
import { errorBoard } from "./errors";
import { fill, wordsFor, type Context, type Field, type Logic } from "./logic";
import { placeFollower } from "./places";
import { solve, type Challenge } from "./proof";
import { call, isPassing, type Answer } from "./sender";
import { formStore } from "./store";
import { walk, type Known, type Walk } from "./walk";

export { pollOwner } from "./poll";

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

const STEP_CHECK_MS = 3000;
const SEND_MS = 20_000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;

/** Today where the visitor is. */
const today = () => {
  const now = new Date();
  return new Date(+now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};

const setHidden = (element: HTMLElement | null, hidden: boolean) => {
  // Writing what is there already would cost a style calculation.
  if (element && element.hidden !== hidden) element.hidden = hidden;
};

export const mount = (form: HTMLFormElement, session: Session, host: Host): { destroy(): void } => {
  const find = <T extends HTMLElement>(selector: string) => form.querySelector<T>(selector);
  const logic: Logic = JSON.parse(find("[data-logic]")!.textContent!);
  const { words } = logic;
  const sections = logic.steps.map(({ key }) => find(`[data-step="${key}"]`)!);
  const items = findItems(form, logic);
  const errors = errorBoard(form, logic);
  const store = formStore(session.form);
  const [primary, back] = ["next", "back"].map((value) => find<HTMLButtonElement>(`button[value=${value}]`)!) as [
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  const saving = find("[data-saving]");
  const link = document.createElement("button");
  const progress = find("[data-progress]")!;
  const bar = progress.querySelector(".bar")!;
  const position = form.elements.namedItem("_step") as HTMLInputElement;
  const sources = logic.steps.flatMap((step) => step.fields).map((field) => field.source ?? {});
  const names = {
    cookies: sources.flatMap((source) => source.cookie ?? []),
    data: sources.flatMap((source) => source.data ?? []),
  };
  const ending = new AbortController();
  const { signal } = ending;

  /** Fields that the visitor has filled in or changed, now or before a reload. */
  const touched = new Set<Item>();
  /** What the server refused, until it is changed: field key -> the raw answer as JSON, and the words. */
  const refused = new Map<string, [string, string]>();
  let context = host.context(names);
  let now: Walk;
  let at = 0;
  let isBusy = false;
  /** What is kept stays as it is: sent, or waiting for a fresh page. */
  let isClosed = false;
  let isRenewed = false;
  let isNoticed = false;
  let isPressing = false;
  let work: Promise<string> | undefined;
  let pending: object | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const say = (text = "") => {
    find("[data-status]")!.textContent = text;
  };

  const setBusy = (busy: boolean, text?: string) => {
    isBusy = busy;
    form.setAttribute("aria-busy", `${busy}`);
    say(text);
  };

  const keep = (more: object = {}) => {
    const values = Object.fromEntries([...touched].map((item) => [item.field.key, snapshot(item)]));
    if (!isClosed) store.save({ values, step: logic.steps[at]!.key, pending, ...more }, host.consented());
  };

  const prove = () => (work ??= session.challenge ? solve(session.challenge) : Promise.resolve(""));

  // What is there: answers, steps, words.

  const read = (field: Field): Outcome => {
    const item = items.get(field.key)!;
    const raw = rawValue(item);
    const [what, text] = refused.get(field.key) ?? [];
    return text && what === JSON.stringify(raw) ? { refused: { code: "", text } } : check(field, raw, today());
  };

  const itemsOn = (wanted: (step: number) => boolean) =>
    [...now.visible].map((key) => items.get(key)!).filter((item) => wanted(item.step));

  /** As the server takes them: what is visible and not blank. */
  const answersUpTo = (step: number) =>
    Object.fromEntries(
      itemsOn((each) => each <= step)
        .filter(({ field }) => field.type !== "statement")
        .map((item): [string, unknown] => [item.field.key, rawValue(item)])
        .filter(([, raw]) => raw != null && raw !== "" && (raw as []).length !== 0),
    );

  const stepBefore = (step: number) => now.steps.filter((each) => each < step).at(-1);

  const isLast = () => at === now.steps.at(-1);

  const look = () => {
    now = walk(logic, read, session.known, context);
    follow(now);
    if (!now.steps.includes(at)) at = stepBefore(at) ?? now.steps[0] ?? 0;
  };

  const showProgress = () => {
    const total = now.steps.length;
    const number = now.steps.indexOf(at) + 1;
    setHidden(progress, total < 2);
    const text = fill(words["step_of"] ?? "", { number, total });
    const line = find("[data-progress-text]")!;
    if (line.textContent !== text) line.textContent = text;
    while (bar.children.length > total) bar.lastElementChild!.remove();
    while (bar.children.length < total) bar.append(document.createElement("span"));
    [...bar.children].forEach((mark, i) => {
      mark.className = i + 1 < number ? "done" : i + 1 > number ? "ahead" : "now";
    });
  };

  const show = () => {
    for (const [key, item] of items) {
      const isVisible = now.visible.has(key);
      setHidden(item.box, !isVisible);
      if (!isVisible) errors.clear(item);
    }
    sections.forEach((section, i) => setHidden(section, i !== at));
    showProgress();
    setHidden(back, at === now.steps[0]);
    const label = primary.dataset[isLast() && !now.gate ? "send" : "next"]!;
    if (primary.textContent !== label) primary.textContent = label;
    setHidden(saving, !(isNoticed && !isLast()));
  };

  /** After every change. New questions on the step are announced. */
  const update = () => {
    const before = now.visible;
    look();
    show();
    if (itemsOn((step) => step === at).some(({ field }) => !before.has(field.key))) say(words["new_questions"]);
  };

  const follow = placeFollower(items, { api: host.api, language: logic.language, changed: update });

  const emitStep = () =>
    host.emit("step", {
      step: logic.steps[at]!.key,
      number: now.steps.indexOf(at) + 1,
      total: now.steps.length,
    });

  // Going from step to step.

  const wrongOn = (wanted: (step: number) => boolean): [Item, string][] =>
    itemsOn(wanted).flatMap((item) => {
      const refusal = now.wrong.get(item.field.key);
      return refusal ? [[item, wordsFor(logic, item.field, refusal)] as [Item, string]] : [];
    });

  /** The wanted step, or the first before it where something is wrong. */
  const reachable = (step: number) => Math.min(step, ...wrongOn((each) => each < step).map(([item]) => item.step));

  const focusStep = () => {
    const heading = sections[at]!.querySelector<HTMLElement>("[data-heading]");
    (heading ?? itemsOn((step) => step === at)[0]?.first)?.focus({ preventScroll: true });
    const { top } = form.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) form.scrollIntoView();
  };

  const goTo = (step: number) => {
    at = step;
    position.value = logic.steps[at]!.key;
    errors.hideSummary();
    setHidden(find("[data-notice]"), true);
    look();
    show();
    focusStep();
    keep();
    emitStep();
  };

  /** `wrong` may lie on an earlier step, which is then shown. */
  const showErrors = (wrong: [Item, string][]) => {
    const step = Math.min(...wrong.map(([item]) => item.step));
    if (step !== at) goTo(step);
    errors.showAll(wrong.filter(([item]) => item.step === step));
  };

  /** Whether the server's answer is the last word for now: an ending, or refused answers. */
  const isSettled = (answer: Answer): boolean => {
    if (answer.body.ending) return finish(answer);
    if (answer.status !== 422) return false;
    for (const [key, texts] of Object.entries(answer.body.fields ?? {})) {
      const item = items.get(key);
      if (item) refused.set(key, [JSON.stringify(rawValue(item)), texts.join(" ")]);
    }
    look();
    show();
    const wrong = wrongOn((step) => step <= at);
    if (wrong[0]) showErrors(wrong);
    return !!wrong[0];
  };

  const askServer = (step: number) =>
    call(
      "PUT",
      `${host.api}/sessions/${session.session_id}/steps/${logic.steps[step]!.key}`,
      { session: session.session, answers: answersUpTo(step), context },
      STEP_CHECK_MS,
    );

  /** Whether the server has something to say about this step before the next comes. */
  const isServersBusiness = () =>
    isNoticed || (!session.saves && itemsOn((step) => step === at).some(({ field }) => /email/.test(field.type)));

  const offerLink = (resume: string) => {
    const address = new URL((context["page"] as string | undefined) || location.href);
    address.searchParams.set("switchyard_resume", resume);
    link.type = "button";
    link.className = "quiet";
    link.textContent = words["resume_link"]!;
    link.onclick = () =>
      navigator.clipboard.writeText(address.href).then(
        () => say(words["resume_copied"]),
        () => (link.textContent = address.href),
      );
    saving!.after(link);
  };

  const finish = ({ body }: Answer) => {
    isClosed = true;
    store.clear();
    if (body.id) host.emit("submitted", { id: body.id, ending: body.ending!.key });
    host.done(body as Parameters<Host["done"]>[0]);
    return true;
  };

  const fail = ({ body: { code = "network", message = words["try_again"] } }: Answer) => {
    setBusy(false, message);
    host.emit("error", { code, message });
  };

  /**
   * On from the present step. The server's errors are shown; a network that fails stops nobody. At a gate the form is
   * over without a submission, and only the server has the ending's words.
   */
  const leaveStep = async () => {
    const isEnd = isLast();
    if (isEnd && !now.gate) return send();
    if (isEnd || isServersBusiness()) {
      setBusy(true, words["one_moment"]);
      const answer = await askServer(isEnd ? now.path.at(-1)! : at);
      setBusy(false);
      if (isSettled(answer)) return;
      if (isEnd) return fail(answer);
      if (answer.body.resume) offerLink(answer.body.resume);
    }
    const next = now.steps.find((step) => step > at)!;
    if (host.history) history.pushState({ step: next, depth: depth() + 1 }, "");
    goTo(next);
  };

  const advance = () => {
    if (isBusy) return;
    context = host.context(names);
    look();
    show();
    const wrong = wrongOn((step) => step <= at);
    if (wrong[0]) return showErrors(wrong);
    errors.hideSummary();
    void leaveStep();
    showNotice();
  };

  // Sending.

  const send = async () => {
    clearTimeout(retry);
    setBusy(true, words["one_moment"]);
    const trap = (form.elements.namedItem("_website") as HTMLInputElement | null)?.value;
    const answers = answersUpTo(Infinity);
    await deliver({ session: session.session, answers, context, proof: (await prove()) || undefined, trap });
  };

  const deliver = async (body: object, wait = FIRST_RETRY_MS): Promise<void> => {
    clearTimeout(retry);
    pending = body;
    setBusy(true, words["one_moment"]);
    const answer = await call("POST", `${host.api}/forms/${session.form}/submissions`, body, SEND_MS);
    if (signal.aborted) return answer.status === 202 ? store.clear() : undefined;
    if (isPassing(answer)) return later(body, wait, answer);
    pending = undefined;
    setBusy(false);
    if (isSettled(answer)) return;
    if (answer.status === 410 || answer.body.code === "filling_invalid") return renew(answer);
    fail(answer);
    keep();
  };

  const later = (body: object, wait: number, answer: Answer) => {
    keep();
    if (wait === FIRST_RETRY_MS) fail(answer);
    setBusy(false, words[navigator.onLine ? "sent_later" : "offline"]);
    retry = setTimeout(() => deliver(body, Math.min(wait * 2, LONGEST_RETRY_MS)), wait);
  };

  const renew = async (answer: Answer) => {
    if (isRenewed || !host.renew) return fail(answer);
    isRenewed = true;
    setBusy(true, words["one_moment"]);
    keep({ again: true });
    isClosed = true;
    const next = await host.renew().catch(() => {
      isClosed = false;
      fail(answer);
    });
    if (!next) return;
    isClosed = false;
    session = next;
    work = undefined;
    return send();
  };

  // What the visitor does.

  const itemOf = (event: Event) => {
    const box = (event.target as Element).closest<HTMLElement>("[data-field]");
    return box && items.get(box.dataset["field"]!);
  };

  const showNotice = () => {
    if (isNoticed || !session.saves) return;
    isNoticed = true;
    show();
  };

  const recheck = (item: Item, mayAppear: boolean) => {
    const refusal = now.wrong.get(item.field.key);
    if (!refusal) return errors.clear(item);
    if (!mayAppear) return;
    const text = wordsFor(logic, item.field, refusal);
    errors.set(item, text);
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

  const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

  const goBack = () => {
    if (host.history && depth()) return history.back();
    const before = stepBefore(at);
    if (before !== undefined && !isBusy) goTo(before);
  };

  const on = <E extends Event>(target: EventTarget, type: string, handle: (event: E) => void) =>
    target.addEventListener(type, handle as EventListener, { signal });

  const listen = () => {
    on<SubmitEvent>(form, "submit", (event) => {
      event.preventDefault();
      isPressing = false;
      if (event.submitter === back) goBack();
      else advance();
    });
    on(form, "input", changed);
    on(form, "change", changed);
    on(form, "focusout", left);
    on(form, "focusin", () => setTimeout(prove));
    on(form, "pointerdown", (event) => {
      isPressing = !!(event.target as Element).closest("button");
    });
    on<KeyboardEvent>(form, "keydown", (event) => {
      const tip = event.key === "Escape" && find<HTMLDetailsElement>("details.tip[open]");
      if (!tip) return;
      event.preventDefault();
      event.stopPropagation();
      tip.open = false;
    });
    on(window, "online", () => pending && !isBusy && deliver(pending));
    on(window, "pagehide", () => keep());
    on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => {
      if (!persisted) return;
      isClosed = false;
      setBusy(false);
    });
    if (host.history)
      on<PopStateEvent>(window, "popstate", ({ state }) => {
        const step = (state as { step?: number } | null)?.step;
        if (step !== undefined) goTo(reachable(stepBefore(step + 1) ?? at));
      });
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
    look();
    const step = kept.step || position.value;
    const index = logic.steps.findIndex(({ key }) => key === step);
    at = reachable(now.steps.includes(index) ? index : now.steps[0]!);
    position.value = logic.steps[at]!.key;
    show();
    if (host.history && !history.state) history.replaceState({ step: at, depth: 0 }, "");
    listen();
    form.dataset["ready"] = "";
    host.emit("ready", { form: session.form, version: session.version, variant: session.variant });
    emitStep();
    if (session.resumed_step) say(words["resumed"]);
    isRenewed = !!kept.again;
    if (kept.again) advance();
    else if (kept.pending) void deliver(kept.pending);
  };

  begin();
  return {
    destroy() {
      keep();
      clearTimeout(retry);
      ending.abort();
    },
  };
};
