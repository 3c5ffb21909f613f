// What happens once a button is pressed: errors are listed, the server is asked, the next step comes, the answers are
// sent. A module of its own, loaded as soon as the form is ready, so that nobody waits for it who only begins to read.
// It also holds the calls and the proof for captured forms.

import type { Filling, Host } from "./controller";
import type { Item } from "./controls";
import { solve } from "./proof";
import { call, isPassing, type Answer } from "./sender";
import { listErrors } from "./summary";

export { solve } from "./proof";
export { call, isPassing } from "./sender";

export interface Sender {
  /** Back a step; or on from the present one, if all is right up to it: to the next, or the form is sent. */
  press(isBack: boolean): void;
}

const STEP_CHECK_MS = 3000;
const SEND_MS = 20_000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;

export const senderFor = (filling: Filling): Sender => {
  const { form, logic, host, items, signal, setBusy, fail, keep, itemsOn, wrongOn, stepBefore } = filling;
  const { steps, words } = logic;
  const find = <T extends HTMLElement>(selector: string) => form.querySelector<T>(selector);
  const summary = find("[data-summary]")!;
  const position = form.elements.namedItem("_step") as HTMLInputElement;
  let work: Promise<string> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const prove = () => {
    const { challenge } = filling.session;
    return (work ??= challenge ? solve(challenge) : Promise.resolve(""));
  };

  const wait = () => setBusy(true, words["one_moment"]);

  /** As the server takes them: what is visible and not blank. */
  const answersUpTo = (step: number) =>
    Object.fromEntries(
      itemsOn((each) => each <= step)
        .filter(({ field }) => field.type !== "statement")
        .map((item): [string, unknown] => [item.field.key, filling.raw(item)])
        .filter(([, raw]) => raw != null && raw !== "" && (raw as []).length !== 0),
    );

  // Going from step to step.

  const itemsHere = () => itemsOn((step) => step === filling.at);

  const focusStep = () => {
    const heading = filling.sections[filling.at]!.querySelector<HTMLElement>("[data-heading]");
    (heading ?? itemsHere()[0]?.first)?.focus({ preventScroll: true });
    const { top } = form.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) form.scrollIntoView();
  };

  const goTo = (step: number) => {
    filling.at = step;
    position.value = steps[step]!.key;
    summary.hidden = true;
    const notice = find("[data-notice]");
    if (notice) notice.hidden = true;
    filling.refresh();
    focusStep();
    keep();
    filling.emitStep();
  };

  /** How many of the browser's entries lead back within the form. */
  const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

  const goOn = (step: number) => {
    if (host.history) history.pushState({ step, depth: depth() + 1 }, "");
    goTo(step);
  };

  const goBack = () => {
    if (host.history && depth()) return history.back();
    const before = stepBefore(filling.at);
    if (before !== undefined) goTo(before);
  };

  /** `wrong` may lie on an earlier step, which is then shown. */
  const showErrors = (wrong: [Item, string][]) => {
    const step = Math.min(...wrong.map(([item]) => item.step));
    if (step !== filling.at) goTo(step);
    const here = wrong.filter(([item]) => item.step === step);
    listErrors(filling, summary, here);
  };

  /** Whether there are errors up to the present step, which are then shown. */
  const isWrong = () => {
    filling.refresh();
    const wrong = wrongOn((step) => step <= filling.at);
    if (wrong[0]) showErrors(wrong);
    return !!wrong[0];
  };

  const finish = ({ body }: Answer) => {
    filling.isClosed = true;
    filling.forget();
    if (body.id) host.emit("submitted", { id: body.id, ending: body.ending!.key });
    host.done(body as Parameters<Host["done"]>[0]);
    return true;
  };

  /** Whether the server's answer is the last word for now: an ending, or refused answers. */
  const isSettled = (answer: Answer): boolean => {
    if (answer.body.ending) return finish(answer);
    if (answer.status !== 422) return false;
    for (const [key, texts] of Object.entries(answer.body.fields ?? {})) {
      const item = items.get(key);
      if (item) filling.refused.set(key, [JSON.stringify(filling.raw(item)), texts.join(" ")]);
    }
    return isWrong();
  };

  // One step on.

  const askServer = (step: number) => {
    const { session, context } = filling;
    return call(
      "PUT",
      `${host.api}/sessions/${session.session_id}/steps/${steps[step]!.key}`,
      { session: session.session, answers: answersUpTo(step), context },
      STEP_CHECK_MS,
    );
  };

  /** A link that can't be had is offered after the next step. */
  const offerResume = async (resume: string) => {
    const script = await filling.part<typeof import("./resume")>("resume.js").catch(() => {});
    script?.offerLink(filling, resume);
  };

  /** Whether the server has something to say about this step before the next comes. */
  const isServersBusiness = () =>
    filling.isNoticed ||
    (!filling.session.saves &&
      itemsHere().some(({ field }) => /email/.test(field.type)));

  /**
   * On from the present step. The server's errors are shown; a network that fails stops nobody. At a gate the form is
   * over without a submission, and only the server has the ending's words.
   */
  const leaveStep = async () => {
    const { now, at } = filling;
    const isEnd = filling.isLast();
    if (isEnd && !now.gate) return send();
    if (isEnd || isServersBusiness()) {
      wait();
      const answer = await askServer(isEnd ? now.path.at(-1)! : at);
      setBusy(false);
      if (isSettled(answer)) return;
      if (isEnd) return fail(answer.body);
      if (answer.body.resume) void offerResume(answer.body.resume);
    }
    goOn(filling.now.steps.find((step) => step > filling.at)!);
  };

  const advance = () => {
    filling.renewContext();
    if (isWrong()) return;
    summary.hidden = true;
    void leaveStep();
    filling.showNotice();
  };

  // Sending.

  const send = async () => {
    clearTimeout(retry);
    wait();
    const trap = (form.elements.namedItem("_website") as HTMLInputElement | null)?.value;
    const answers = answersUpTo(Infinity);
    const { session, context } = filling;
    await deliver({ session: session.session, answers, context, proof: (await prove()) || undefined, trap });
  };

  const deliver = async (body: object, pause = FIRST_RETRY_MS): Promise<void> => {
    clearTimeout(retry);
    filling.pending = body;
    wait();
    const answer = await call("POST", `${host.api}/forms/${filling.session.form}/submissions`, body, SEND_MS);
    if (signal.aborted) return answer.status === 202 ? filling.forget() : undefined;
    if (isPassing(answer)) return later(body, pause, answer);
    filling.pending = undefined;
    setBusy(false);
    if (isSettled(answer)) return;
    if (answer.status === 410 || answer.body.code === "filling_invalid") return renew(answer);
    fail(answer.body);
    keep();
  };

  const later = (body: object, pause: number, answer: Answer) => {
    keep();
    if (pause === FIRST_RETRY_MS) fail(answer.body);
    setBusy(false, words[navigator.onLine ? "sent_later" : "offline"]);
    retry = setTimeout(() => deliver(body, Math.min(pause * 2, LONGEST_RETRY_MS)), pause);
  };

  const renew = async (answer: Answer) => {
    if (filling.isRenewed || !host.renew) return fail(answer.body);
    filling.isRenewed = true;
    wait();
    keep({ again: true });
    filling.isClosed = true;
    const next = await host.renew().catch(() => {
      filling.isClosed = false;
      fail(answer.body);
    });
    if (!next) return;
    filling.isClosed = false;
    filling.session = next;
    work = undefined;
    return send();
  };

  const deliverPending = () => {
    if (filling.pending && !filling.isBusy) void deliver(filling.pending);
  };

  /** Regions can't be chosen without it, so it is asked for until it comes. */
  const loadFollower = async (): Promise<void> => {
    const script = await filling.part<typeof import("./places")>("places.js").catch(() => {});
    if (signal.aborted) return;
    if (!script) return void setTimeout(loadFollower, FIRST_RETRY_MS);
    filling.follow = script.placeFollower(filling);
    filling.follow();
  };

  if ([...items.values()].some(({ field }) => field.country)) void loadFollower();

  const closeTip = (event: KeyboardEvent) => {
    const tip = event.key === "Escape" && find<HTMLDetailsElement>("details.tip[open]");
    if (!tip) return;
    event.preventDefault();
    event.stopPropagation();
    tip.open = false;
  };

  const onPageShow = ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    filling.isClosed = false;
    setBusy(false);
  };

  const onPopState = ({ state }: PopStateEvent) => {
    const step = (state as { step?: number } | null)?.step;
    if (step !== undefined) goTo(filling.reachable(stepBefore(step + 1) ?? filling.at));
  };

  const { on } = filling;
  on(form, "keydown", closeTip);
  on(form, "focusin", () => setTimeout(prove));
  if (form.matches(":focus-within")) setTimeout(prove);
  on(window, "online", deliverPending);
  on(window, "pageshow", onPageShow);
  if (host.history) on(window, "popstate", onPopState);
  signal.addEventListener("abort", () => clearTimeout(retry));
  deliverPending();
  return { press: (isBack) => (isBack ? goBack() : advance()) };
};
