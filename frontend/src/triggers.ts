// What opens a dialog: `open-on="click:#demo time:8 scroll:50 exit"`.

import type { Dialog } from "./dialogs";
import type { SwitchyardForm } from "./embed/contract";
import { create } from "./runtime.js";

/** How long a click waits for what it opens. */
const PATIENCE_MS = 15_000;
/** Whoever clicks later has listeners to click on, or an element that isn't in the page yet and opens nothing. */
const loadedAt = performance.now();

/** `click` may have come before this script. Returns what ends the listening. */
export const listenForTriggers = (
  element: SwitchyardForm,
  dialog: Pick<Dialog, "open" | "openByItself" | "prepare">,
  click?: MouseEvent,
): (() => void) => {
  const ending = new AbortController();
  const { signal } = ending;
  const on = <E extends Event>(target: EventTarget, type: string, handle: (event: E) => void): void =>
    target.addEventListener(type, handle as EventListener, { signal });

  const openOn = (target: EventTarget, selector: string): void => {
    const openerOf = (event: Event) => (event.target as Element).closest?.<HTMLElement>(selector);
    const handle = (event: MouseEvent): void => {
      const opener = openerOf(event);
      // With a key held down a link is to open elsewhere.
      if (!opener || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      dialog.open(opener);
    };
    on(target, "click", handle);
    // What somebody has dealt with is prevented: the page, or a dialog that this click has opened.
    const since = click?.timeStamp ?? Infinity;
    const isWaiting = since < loadedAt && performance.now() - since < PATIENCE_MS && !click!.defaultPrevented;
    if (isWaiting && target === document) handle(click!);
    for (const intent of ["pointerover", "focusin", "touchstart"])
      on(target, intent, (event) => openerOf(event) && void dialog.prepare());
  };

  const triggers: { [name: string]: (value: string) => void } = {
    click(selector) {
      openOn(selector ? document : ownOpener(element, dialog), selector || "*");
    },
    time(seconds) {
      const timer = setTimeout(dialog.openByItself, +seconds * 1000);
      signal.onabort = () => clearTimeout(timer);
    },
    scroll(percent) {
      on(window, "scroll", () => {
        const { scrollHeight } = document.documentElement;
        if ((scrollY / (scrollHeight - innerHeight)) * 100 >= +percent) void dialog.openByItself();
      });
    },
    exit() {
      // The pointer leaves the window at its top, where tabs and the address are.
      on<MouseEvent>(document, "mouseout", ({ relatedTarget, clientY }) => {
        if (!relatedTarget && clientY <= 0) void dialog.openByItself();
      });
    },
  };

  for (const trigger of (element.getAttribute("open-on") ?? "click").trim().split(/\s+/)) {
    const [name, value = ""] = trigger.split(/:(.*)/s) as [string, string?];
    triggers[name]?.(value);
  }
  return () => ending.abort();
};

/** A button with the `label`; else the element's own content, such as a link to the hosted page. */
const ownOpener = (element: SwitchyardForm, dialog: Pick<Dialog, "prepare">): HTMLElement => {
  const label = element.getAttribute("label");
  const opener = label
    ? create("button", { class: "primary opener", part: "opener", type: "button", "aria-haspopup": "dialog" }, label)
    : create("slot", {});
  // Behind the dialog: a fallback that is shown in there takes the content with it.
  element.shadowRoot.append(opener);
  // A button of ours wears the brand's colours, which come with the form.
  if (label) void dialog.prepare();
  return opener;
};
