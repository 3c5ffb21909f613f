// `window.Switchyard`: what a site may call.

import type { Options } from "../capture";
import type { Call, Stub, SwitchyardForm } from "./contract";
import { part } from "../part";
import { connect } from "./element";
import { captured, forget, pageData, TAG } from "./page";

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
  async open(stub, which?: unknown) {
    const element = find(which);
    if (element) (await connect(element, stub))?.open();
  },
  async close(stub, which?: unknown) {
    const element = find(which);
    if (element) (await connect(element, stub))?.close();
  },
  async capture(stub, target: string | HTMLFormElement, options: Options) {
    (await part<typeof import("../capture")>("capture.js")).capture(stub, target, options);
  },
};

export const call = (stub: Stub, name: Call, values: unknown[]): void => calls[name]?.(stub, ...values);
