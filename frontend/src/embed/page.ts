// What is known of the page the forms stand on.

import type { Host } from "../controller";

export const TAG = "switchyard-form";

/** What the site said by `Switchyard.data`. */
export const pageData: { [name: string]: string } = {};

/** Forms of the site that are captured: their events are ours. */
export const captured = new WeakSet<EventTarget>();

/** As the stub tells it: without our own parameters, which would open a session, and without the fragment. */
export const pageAddress = (): string => location.href.replace(/switchyard_(prefill|resume)=[^&#]*&?|#.*/g, "");

export const emitFrom =
  (element: EventTarget): Host["emit"] =>
  (name, detail) =>
    void element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));

/** Whatever is kept in the browser for longer than the tab. */
export const forget = (): void => {
  try {
    for (const key of Object.keys(localStorage)) if (/^switchyard[_:]/.test(key)) localStorage.removeItem(key);
  } catch {} // the browser keeps nothing
};
