// A module of its own, loaded for elements that need it; what it shares with the runtime it takes from there.
// Popup and full page are modal dialogs; the slide-in is open without being modal: the page stays usable.

import type { SwitchyardForm } from "./embed/contract";
import { create, headingIn, sheet } from "./runtime.js";
import { listenForTriggers } from "./triggers";

export interface Dialog {
  /** By the visitor: the form's heading gets the focus, and on closing the opener has it again. */
  open(opener?: HTMLElement | null): void;
  /** By a trigger: once the form is there, and never again in this tab after it was closed or sent. */
  openByItself(): Promise<void>;
  /** Somebody is about to open it. */
  prepare(): Promise<void>;
  reload(): Promise<void>;
  close(): void;
  /** The element leaves the page. */
  end(): void;
  /** Triggers have had their turn. */
  settle(): void;
  /** Name, direction and words go with what the form shows now. */
  follow(name: string): void;
}

const RETRY_MS = 1000;
// On the document, since what is locked is the page; the gutter stays where a scroll bar was, so that nothing moves.
const LOCK = "html{overflow:hidden!important}";
const LOCK_WITH_SCROLL_BAR = "html{overflow:hidden!important;scrollbar-gutter:stable}";
// The element takes no room of its own.
const HOST = ":host,.box{display:contents}";

/** Those that are open now: one at a time opens by itself. */
const openDialogs = new Set<HTMLElement>();

/** Returns what unlocks it. */
const lockPage = (): (() => void) => {
  const hasScrollBar = innerWidth > document.documentElement.clientWidth;
  const lock = new CSSStyleSheet();
  lock.replaceSync(hasScrollBar ? LOCK_WITH_SCROLL_BAR : LOCK);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, lock];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== lock);
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
    settle: () => void use(() => sessionStorage.setItem(key, "1")),
  };
};

/** `click` is the latest in the page. */
export const dialogFor = (element: SwitchyardForm, click?: MouseEvent): Dialog => {
  const root = element.shadowRoot;
  const mode = element.getAttribute("mode")!;
  const isModal = mode !== "slide-in";
  const { isSettled, settle } = memory(element.getAttribute("form"));
  const closer = create<HTMLButtonElement>("button", { class: "close", part: "close", type: "button" });
  const box = create("div", { class: "box" });
  const frame = create<HTMLDialogElement>(
    "dialog",
    { class: mode, part: "dialog", tabindex: "-1" },
    closer,
  );
  let loading: Promise<void> | undefined;
  let returnTo: HTMLElement | null | undefined;
  let unlock: (() => void) | undefined;

  const isOpen = (): boolean => openDialogs.has(frame);
  const isLoaded = (): boolean => !!box.querySelector("form, [data-done]");

  const reload = async (): Promise<void> => {
    const [, ...look] = root.adoptedStyleSheets;
    const loaded = element.load(box);
    // The stub makes room for a form in the page; here it takes none.
    root.adoptedStyleSheets = [sheet(HOST), ...look];
    await loaded;
    if (!isLoaded() && !isOpen()) loading = undefined;
  };

  const prepare = (): Promise<void> => (loading ??= reload());

  const reveal = (): void => {
    openDialogs.add(frame);
    // As long as it isn't shown it isn't in the tree, or a fallback in it would take the opener's content away.
    frame.append(box);
    unlock = isModal ? lockPage() : undefined;
    if (isModal) frame.showModal();
    // Neither `show()` nor a popover: both would take the focus from where it is.
    else frame.open = true;
  };

  const open = (opener?: HTMLElement | null): void => {
    if (isOpen()) return;
    returnTo = opener ?? (document.activeElement as HTMLElement | null);
    const ready = prepare();
    reveal();
    frame.focus();
    void ready.then(() => isOpen() && headingIn(box)?.focus());
  };

  const openByItself = async (): Promise<void> => {
    if (isSettled() || isOpen()) return;
    await prepare();
    if (!element.isConnected || isSettled() || isOpen() || !isLoaded()) return;
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
    returnTo?.focus();
    if (isLoaded()) return;
    // The fallback goes back to its place in the page, and the next click tries anew.
    box.remove();
    box.replaceChildren();
    loading = undefined;
  };

  const close = (): void => {
    if (!isOpen()) return;
    if (isModal) frame.close();
    else frame.open = false;
    closed();
  };

  const follow = (name: string): void => {
    const shown = box.firstElementChild as HTMLElement;
    const logic = box.querySelector("[data-logic]")?.textContent;
    const words = logic && (JSON.parse(logic) as { words: { [name: string]: string } }).words;
    if (words) closer.ariaLabel = words["close"] || closer.ariaLabel;
    frame.ariaLabel = headingIn(box)?.textContent || name;
    frame.dir = shown.dir;
    frame.lang = shown.lang;
  };

  /** Pressed and released beside it: who marks a text and lets go of the mouse there doesn't mean to close it. */
  const closeByBackdrop = (): void => {
    let isPressed = false;
    const isBeside = ({ target, clientX, clientY }: MouseEvent): boolean => {
      const { left, right, top, bottom } = frame.getBoundingClientRect();
      return target === frame && (clientX < left || clientX > right || clientY < top || clientY > bottom);
    };
    frame.onpointerdown = (event) => {
      isPressed = isBeside(event);
    };
    frame.onclick = (event) => {
      if (isPressed && isBeside(event)) close();
    };
  };

  closer.ariaLabel = "Close";
  closer.onclick = close;
  if (isModal) {
    // Else the close button would have it at first.
    frame.autofocus = true;
    frame.onclose = closed;
    closeByBackdrop();
  } else {
    frame.onkeydown = (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) close();
    };
  }
  root.replaceChildren(frame);
  root.adoptedStyleSheets = [sheet(HOST)];
  const stopListening = listenForTriggers(element, { open, openByItself, prepare }, click);
  const end = (): void => {
    stopListening();
    close();
  };
  return { open, openByItself, prepare, reload, close, end, settle, follow };
};
