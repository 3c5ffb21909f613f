// Popup and full page are modal dialogs; the slide-in is a popover, on top of the page without making it inert.

import type { SwitchyardForm } from "./contract";
import { create, headingIn, sheet } from "./markup";

export interface Dialog {
  /** By the visitor: the form's heading gets the focus, and on closing the opener has it again. */
  open(opener?: HTMLElement | null): void;
  /** By a trigger: once the form is there, and never again in this tab after it was closed or sent. */
  openByItself(): Promise<void>;
  /** Somebody is about to open it. */
  prepare(): Promise<void>;
  close(): void;
  /** Triggers have had their turn. */
  settle(): void;
  /** Name, direction and words go with what the form shows now. */
  follow(name: string): void;
}

/** Dialogs that are open now: one at a time opens by itself. */
const openDialogs = new Set<HTMLElement>();

// On the document, since what is locked is the page; the gutter stays where a scroll bar was, so that nothing moves.
const LOCK = "html{overflow:hidden!important}";
const LOCK_WITH_SCROLL_BAR = `${LOCK}html{scrollbar-gutter:stable}`;
const HOST = ":host{display:contents}";

const lockPage = (): (() => void) => {
  const hasScrollBar = innerWidth > document.documentElement.clientWidth;
  const lock = sheet(hasScrollBar ? LOCK_WITH_SCROLL_BAR : LOCK);
  document.adoptedStyleSheets.push(lock);
  return () => {
    const at = document.adoptedStyleSheets.lastIndexOf(lock);
    if (at >= 0) document.adoptedStyleSheets.splice(at, 1);
  };
};

const isTyping = (): boolean => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return !!active?.matches("input, textarea, select, [contenteditable]");
};

/** In the tab only: it says nothing of the visitor, and goes with the tab. */
const memory = (form: string | null) => {
  const key = `switchyard:settled:${form}`;
  const use = (what: () => unknown): unknown => {
    try {
      return what();
    } catch {
      return undefined; // the browser keeps nothing
    }
  };
  return {
    isSettled: () => !!use(() => sessionStorage.getItem(key)),
    settle: () => use(() => sessionStorage.setItem(key, "1")),
  };
};

const RETRY_MS = 1000;

export const dialogFor = (element: SwitchyardForm): Dialog => {
  const root = element.shadowRoot;
  const mode = element.getAttribute("mode")!;
  const isModal = mode !== "slide-in";
  const label = element.getAttribute("label");
  const { isSettled, settle } = memory(element.getAttribute("form"));
  const closer = create("button", { class: "close", part: "close", type: "button", "aria-label": "Close" });
  const box = create("div", { class: "box" });
  const frame = create("dialog", { class: mode, part: "dialog", tabindex: "-1", autofocus: "" }, closer, box);
  let loading: Promise<void> | undefined;
  let returnTo: HTMLElement | null | undefined;
  let unlock: (() => void) | undefined;

  const isLoaded = (): boolean => !!box.querySelector("form, [data-done]");

  const prepare = (): Promise<void> => {
    if (!loading || !openDialogs.has(frame) && !isLoaded()) {
      loading = element.load(box);
      // The stub has made room for a form in the page; here it takes none.
      root.adoptedStyleSheets = [sheet(HOST), ...root.adoptedStyleSheets.slice(1)];
    }
    return loading;
  };

  const reveal = (): void => {
    openDialogs.add(frame);
    if (isModal) {
      unlock = lockPage();
      frame.showModal();
    } else frame.showPopover();
  };

  const open = (opener?: HTMLElement | null): void => {
    if (openDialogs.has(frame)) return;
    returnTo = opener ?? (document.activeElement as HTMLElement | null);
    const ready = prepare();
    reveal();
    frame.focus();
    void ready.then(() => openDialogs.has(frame) && headingIn(box)?.focus());
  };

  const openByItself = async (): Promise<void> => {
    if (isSettled() || openDialogs.has(frame)) return;
    await prepare();
    if (!element.isConnected || isSettled() || !isLoaded()) return;
    if (openDialogs.size || isTyping() || document.querySelector(":modal")) {
      setTimeout(openByItself, RETRY_MS);
      return;
    }
    returnTo = document.activeElement as HTMLElement | null;
    reveal();
    if (isModal) headingIn(box)?.focus();
  };

  const closed = (): void => {
    if (!openDialogs.delete(frame)) return;
    unlock?.();
    settle();
    // A fallback goes back to its place in the page, and the next click tries anew.
    if (!isLoaded()) box.replaceChildren();
    returnTo?.focus();
  };

  const close = (): void => {
    if (isModal) frame.close();
    else if (openDialogs.has(frame)) frame.hidePopover();
    closed();
  };

  const follow = (name: string): void => {
    const shown = box.firstElementChild as HTMLElement | null;
    const logic = box.querySelector("[data-logic]")?.textContent;
    const word = logic && (JSON.parse(logic) as { words: { close?: string } }).words.close;
    frame.ariaLabel = headingIn(box)?.textContent || name;
    frame.dir = shown?.dir ?? "";
    frame.lang = shown?.lang ?? "";
    if (word) closer.ariaLabel = word;
  };

  closer.onclick = close;
  frame.onclose = closed;
  let isPressedBeside = false;
  const isBeside = ({ target, clientX, clientY }: MouseEvent): boolean => {
    const { left, right, top, bottom } = frame.getBoundingClientRect();
    return target === frame && (clientX < left || clientX > right || clientY < top || clientY > bottom);
  };
  // Pressed and released beside it: who marks text and lets go of the mouse there doesn't mean to close it.
  frame.onpointerdown = (event) => (isPressedBeside = isBeside(event));
  frame.onclick = (event) => isModal && isPressedBeside && isBeside(event) && close();
  if (!isModal) {
    frame.popover = "manual";
    frame.onkeydown = (event) => event.key === "Escape" && !event.defaultPrevented && close();
  }

  root.replaceChildren(frame);
  root.adoptedStyleSheets = [sheet(HOST)];
  return { open, openByItself, prepare, close, settle, follow };
};
