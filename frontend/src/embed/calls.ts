// `window.Switchyard`: what a site may call.

import { capture } from "./capture";
import { connect, dialogOf } from "./element";
import { captured, forget, pageData, TAG } from "./page";
import type { Call, Stub, SwitchyardForm } from "./contract";

const A_YEAR_S = 31_536_000;

/** By the element itself, its id or its form; else the first. */
const find = (which?: unknown): SwitchyardForm | undefined =>
  which instanceof HTMLElement
    ? (which as SwitchyardForm)
    : [...document.querySelectorAll<SwitchyardForm>(TAG)].find(
        (each) => !which || each.id === which || each.getAttribute("form") === which,
      );

const calls: { [name in Call]: (stub: Stub, ...values: any[]) => void } = {
  on(_, name: string, callback: (detail: unknown, element: Element) => void) {
    document.addEventListener(name, (event) => {
      const target = event.target as Element;
      if (event instanceof CustomEvent && (target.localName === TAG || captured.has(target)))
        callback(event.detail, target);
    });
  },
  consent(stub, given: boolean) {
    stub.consented = () => !!given;
    document.cookie = `sy_consent=granted;path=/;samesite=lax;max-age=${given ? A_YEAR_S : 0}`;
    if (!given) return forget();
    try {
      localStorage["switchyard_visitor"] = stub.visitor;
    } catch {} // the browser keeps nothing
  },
  data(_, values: { [name: string]: string }) {
    Object.assign(pageData, values);
  },
  open(stub, which?: unknown) {
    const element = find(which);
    if (!element) return;
    connect(element, stub);
    dialogOf(element)?.open();
  },
  close(_, which?: unknown) {
    const element = find(which);
    if (element) dialogOf(element)?.close();
  },
  capture,
};

export const call = (stub: Stub, name: Call, values: unknown[]): void => calls[name]?.(stub, ...values);
