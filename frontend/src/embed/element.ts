// The life of a <switchyard-form>: from its place in the page to the form in its shadow root, and away again.

import { pageContext } from "../context";
import { loadOwner, mount, type Ending, type Host } from "../controller";
import type { Dialog } from "../dialogs";
import { part } from "../part";
import type { Opening, Stub, SwitchyardForm } from "./contract";
import { create, headingIn, html, sheet } from "./markup";
import { emitFrom, forget, pageAddress, pageData } from "./page";

const OBSERVED = ["form", "language", "mode", "open-on", "label"];
// Bars where fields will be.
const SKELETON = ".skeleton{height:24em;background:linear-gradient(#8882 50%,#0000 0)0 0/100% 6em}";

interface View {
  stub: Stub;
  dialog?: Dialog;
  /** The latest request: what an earlier one brings is out of date. */
  coming?: Promise<unknown>;
  mounted?: { destroy(): void };
  /** Shows another form in the same place. */
  turnTo(form: string): void;
  undo: (() => void)[];
}

const views = new WeakMap<SwitchyardForm, View>();

/** Made when first asked for, and kept until the element leaves the page or becomes another's. */
const viewOf = (element: SwitchyardForm, stub: Stub): View => views.get(element) ?? makeView(element, stub);

const makeView = (element: SwitchyardForm, stub: Stub): View => {
  const leave = (): void => {
    views.delete(element);
    observer.disconnect();
    view.mounted?.destroy();
    for (const undo of view.undo) undo();
    element.shadowRoot.replaceChildren();
  };
  const observer = new MutationObserver(() => {
    leave();
    element.connectedCallback();
  });
  observer.observe(element, { attributeFilter: OBSERVED });
  const view: View = {
    stub,
    undo: [],
    turnTo(form) {
      element.setAttribute("form", form);
      observer.takeRecords();
    },
  };
  views.set(element, view);
  // Frameworks move elements about: one that is back at once hasn't left.
  element.off = () => queueMicrotask(() => element.isConnected || views.get(element) !== view || leave());
  if (!stub.consented(element)) forget();
  return view;
};

/** Modes in a dialog: the form itself comes when somebody is about to open it. */
export const connect = async (element: SwitchyardForm, stub: Stub): Promise<Dialog | undefined> => {
  const { dialogFor } = await part<typeof import("../dialogs")>("dialogs.js");
  if (!element.isConnected) return undefined;
  const view = viewOf(element, stub);
  if (!view.dialog) {
    view.dialog = dialogFor(element, stub.click);
    view.undo.push(view.dialog.end);
  }
  return view.dialog;
};

/** Called as soon as the runtime is there; the rest may still be on its way. */
export const show = async (
  element: SwitchyardForm,
  box: ParentNode,
  coming: Promise<[Opening, string]>,
  stub: Stub,
): Promise<void> => {
  const view = viewOf(element, stub);
  const root = element.shadowRoot;
  const [room, ...look] = root.adoptedStyleSheets as [CSSStyleSheet, ...CSSStyleSheet[]];
  view.coming = coming;
  if (!box.firstChild) {
    box.append(create("div", { class: "skeleton" }));
    root.adoptedStyleSheets = [room, ...look, sheet(SKELETON)];
  }
  const [opening, css] = await coming;
  if (views.get(element) !== view || view.coming !== coming) return;
  if (!opening.html) throw opening;
  // Too late: the visitor is busy with the fallback.
  if (box.querySelector("slot") && element.matches(":hover, :focus-within")) return;
  const keepsRoom = view.dialog || element.hasAttribute("min-height");
  root.adoptedStyleSheets = [...(keepsRoom ? [room] : []), sheet(css), sheet(opening.theme)];
  box.replaceChildren(html(opening.html));
  start(element, box, opening, view);
};

const start = (element: SwitchyardForm, box: ParentNode, opening: Opening, view: View): void => {
  const { stub, dialog } = view;
  const page = pageAddress();
  const reload = (): Promise<void> => dialog?.reload() ?? element.load(box);
  const emit: Host["emit"] = (name, detail) => {
    dialog?.follow(opening.name);
    emitFrom(element)(name, detail);
  };
  const end = ({ form, url, html: text }: Ending, statusUrl?: string): void => {
    dialog?.settle();
    if (url) return location.assign(url);
    if (form) {
      view.turnTo(form);
      return void reload();
    }
    box.replaceChildren(html(text ?? ""));
    dialog?.follow(opening.name);
    headingIn(box)?.focus();
    const area = box.querySelector("[data-poll]");
    if (area && statusUrl) void loadOwner(area, statusUrl, emit);
  };
  view.mounted?.destroy();
  view.mounted = mount(box.querySelector("form")!, opening, {
    api: stub.api,
    consented: () => stub.consented(element),
    context: (names) => pageContext(page, names, dataFor(element, names.data)),
    emit,
    done: ({ ending, status_url }) => end(ending, status_url),
    async renew() {
      const next = await stub.begin(element);
      if (next.version === opening.version) return next;
      // Other questions by now: the answers are kept, and the new form takes up those that it still asks.
      await reload();
      return undefined;
    },
  });
};

/** What hidden fields ask of the page: the element's own `data-…`, else what the site said for all. */
const dataFor = (element: Element, names: string[]): { [name: string]: string | undefined } =>
  Object.fromEntries(names.map((name) => [name, element.getAttribute(`data-${name}`) ?? pageData[name]]));
