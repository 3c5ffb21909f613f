// The plan page: moves without loading the page, by the buttons, by Alt and an arrow key, and by dragging. Every move is
// the post of a form that works without this script too; after it the document is read again from the server.

const DOCUMENT = "#plan-document";
// What else a move changes: how many differences there are, and what was checked.
const BESIDE = [".plan-state", ".plan-beside"];

declare global {
  interface Window {
    htmx?: { process(element: Element): void };
  }
}

const part = (): HTMLElement => document.querySelector<HTMLElement>(DOCUMENT)!;

function say(text: string, isProblem = false): void {
  document.querySelector("#plan-live")!.textContent = isProblem ? "" : text;
  document.querySelector("#plan-alert")!.textContent = isProblem ? text : "";
}

// What had the focus within a row, told so that it is found again in the row's new copy.
function focusAgain(rowId: string, step: string | null): void {
  const row = document.getElementById(rowId);
  const wanted = step === null ? null : row?.querySelector<HTMLElement>(`button[name=steps][value="${step}"]:not(:disabled)`);
  (wanted ?? row?.querySelector<HTMLElement>(".plan-handle"))?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

async function readAgain(address: string): Promise<void> {
  const answer = await fetch(address, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(DOCUMENT);
  if (!answer.ok || !fresh) {
    location.assign(address);
    return;
  }
  part().replaceWith(document.adoptNode(fresh));
  for (const selector of BESIDE) {
    const newer = page.querySelector(selector);
    document.querySelector(selector)?.replaceWith(...(newer ? [document.adoptNode(newer)] : []));
    if (newer) window.htmx?.process(newer);
  }
  begin();
}

interface Answer {
  message?: string;
  address?: string;
  id?: string;
}

async function move(form: HTMLFormElement, values: Record<string, string>, step: string | null): Promise<void> {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  part().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = (await answer.json()) as Answer;
    if (!answer.ok || !told.address || !told.id) {
      await readAgain(location.href);
      say(told.message ?? "That did not work. Load the page again.", true);
      return;
    }
    await readAgain(told.address);
    say(told.message ?? "");
    focusAgain(told.id, step);
  } catch {
    say("The server could not be reached, so nothing was moved.", true);
  } finally {
    part().removeAttribute("aria-busy");
  }
}

const rowOf = (element: EventTarget | null): HTMLElement | null =>
  element instanceof Element ? element.closest<HTMLElement>(".plan-row") : null;

const formOf = (row: HTMLElement): HTMLFormElement | null => row.querySelector<HTMLFormElement>("form[data-move]");

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (!form.matches("form[data-move]")) return;
  event.preventDefault();
  const pressed = event.submitter as HTMLButtonElement | null;
  const isStep = pressed?.name === "steps";
  void move(form, isStep ? { steps: pressed.value } : {}, isStep ? pressed.value : null);
}

function onKey(event: KeyboardEvent): void {
  const step = event.key === "ArrowUp" ? "-1" : event.key === "ArrowDown" ? "1" : null;
  const row = rowOf(event.target);
  const form = row && formOf(row);
  if (!event.altKey || step === null || !form) return;
  event.preventDefault();
  void move(form, { steps: step }, null);
}

// Dragging, by pointer: a touch on the handle would scroll the page otherwise.

let dragged: HTMLElement | null = null;
let startedAt: ChildNode | null = null;

function onPointerDown(event: PointerEvent): void {
  const row = event.target instanceof Element && event.target.closest(".plan-handle") ? rowOf(event.target) : null;
  if (!row || event.button !== 0) return;
  dragged = row;
  startedAt = row.nextSibling;
  row.classList.add("plan-dragged");
  part().setPointerCapture(event.pointerId);
}

function onPointerMove(event: PointerEvent): void {
  if (!dragged) return;
  const over = rowOf(document.elementFromPoint(event.clientX, event.clientY));
  if (!over || over === dragged || over.parentElement !== dragged.parentElement) return;
  const middle = over.getBoundingClientRect().top + over.getBoundingClientRect().height / 2;
  over.parentElement!.insertBefore(dragged, event.clientY < middle ? over : over.nextSibling);
}

// The nearest row in one direction that it can be ordered with: of one parent, and in the draft.
function neighbour(row: HTMLElement, way: "previousElementSibling" | "nextElementSibling"): HTMLElement | null {
  let found = row[way] as HTMLElement | null;
  while (found && (found.dataset["scope"] !== row.dataset["scope"] || !formOf(found))) found = found[way] as HTMLElement | null;
  return found;
}

function onPointerUp(): void {
  const row = dragged;
  if (!row) return;
  dragged = null;
  row.classList.remove("plan-dragged");
  if (row.nextSibling === startedAt) return;
  const before = neighbour(row, "nextElementSibling");
  const after = neighbour(row, "previousElementSibling");
  const values: Record<string, string> | null = after ? { after: after.dataset["key"]! } : before ? { before: before.dataset["key"]! } : null;
  const form = formOf(row);
  if (form && values) void move(form, values, null);
  else void readAgain(location.href);
}

function begin(): void {
  const found = part();
  found.classList.add("plan-live");
  found.addEventListener("submit", onSubmit);
  found.addEventListener("keydown", onKey);
  found.addEventListener("pointerdown", onPointerDown);
  found.addEventListener("pointermove", onPointerMove);
  found.addEventListener("pointerup", onPointerUp);
  found.addEventListener("pointercancel", onPointerUp);
}

begin();

export {};
