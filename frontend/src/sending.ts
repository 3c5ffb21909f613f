// What happens after Continue: the server is asked, errors are listed, the answers are sent. A module of its own, loaded
// once the form is ready, so that nobody waits for it who only begins to read. It also holds the calls and the proof for
// captured forms.

import type { Filling, Host } from "./controller";
import { rawValue, type Item } from "./controls";
import { solve } from "./proof";
import { call, isPassing, type Answer } from "./sender";
import { listErrors } from "./summary";

export { finalStatus, pollOwner } from "./poll";
export { solve } from "./proof";
export { call, isPassing } from "./sender";

export interface Sender {
  /** On from the present step, if all is right up to it: to the next, or the form is sent. */
  advance(): void;
  /** Begins the proof of work, if it hasn't begun. */
  prove(): Promise<string>;
}

const STEP_CHECK_MS = 3000;
const SEND_MS = 20_000;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;

export const senderFor = (filling: Filling): Sender => {
  const { form, logic, host, items, signal, say, setBusy, fail, keep, itemsOn, wrongOn } = filling;
  const { steps, words } = logic;
  const link = document.createElement("button");
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
        .map((item): [string, unknown] => [item.field.key, rawValue(item)])
        .filter(([, raw]) => raw != null && raw !== "" && (raw as []).length !== 0),
    );

  /** `wrong` may lie on an earlier step, which is then shown. */
  const showErrors = (wrong: [Item, string][]) => {
    const step = Math.min(...wrong.map(([item]) => item.step));
    if (step !== filling.at) filling.goTo(step);
    listErrors(
      form,
      words,
      wrong.filter(([item]) => item.step === step),
    );
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
      if (item) filling.refused.set(key, [JSON.stringify(rawValue(item)), texts.join(" ")]);
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

  /** Whether the server has something to say about this step before the next comes. */
  const isServersBusiness = () =>
    filling.isNoticed ||
    (!filling.session.saves &&
      itemsOn((step) => step === filling.at).some(({ field }) => /email/.test(field.type)));

  const offerLink = (resume: string) => {
    const address = new URL((filling.context["page"] as string | undefined) || location.href);
    address.searchParams.set("switchyard_resume", resume);
    link.type = "button";
    link.className = "quiet";
    link.textContent = words["resume_link"]!;
    link.onclick = () =>
      navigator.clipboard.writeText(address.href).then(
        () => say(words["resume_copied"]),
        () => (link.textContent = address.href),
      );
    form.querySelector("[data-saving]")!.after(link);
  };

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
      if (answer.body.resume) offerLink(answer.body.resume);
    }
    filling.goOn(filling.now.steps.find((step) => step > filling.at)!);
  };

  const advance = () => {
    if (isWrong()) return;
    filling.hideSummary();
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

  addEventListener("online", deliverPending, { signal });
  signal.addEventListener("abort", () => clearTimeout(retry));
  deliverPending();
  return { advance, prove };
};
