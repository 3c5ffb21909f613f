// The life of a <switchyard-form>: from its place in the page to the form in its shadow root, and away again.

import { pageContext } from "../context";
import { mount, pollOwner, type Ending, type Host } from "../controller";
import type { Opening, Stub, SwitchyardForm } from "./contract";
import { dialogFor, type Dialog } from "./dialogs";
import { create, headingIn, html, sheet } from "./markup";
import { emitFrom, forget, pageAddress, pageData } from "./page";
import { listenForTriggers } from "./triggers";

const OBSERVED = ["form", "language", "mode", "open-on", "label"];
const SKELETON_LINES = 6;

interface View {
  dialog?: Dialog;
  /** The latest request: what an earlier one brings is out of date. */
  coming?: Promise<Opening>;
  undo: (() => void)[];
}

const views = new WeakMap<SwitchyardForm, View>();

export const dialogOf = (element: SwitchyardForm): Dialog | undefined => views.get(element)?.dialog;

/** Made when first asked for, and kept until the element leaves the page or becomes another's. */
const viewOf = (element: SwitchyardForm, stub: Stub): View => {
  let view = views.get(element);
  if (view) return view;
  view = { undo: [] };
  views.set(element, view);
  const leave = (): void => {
    views.delete(element);
    for (const undo of view.undo) undo();
    element.shadowRoot.replaceChildren();
  };
  const observer = new MutationObserver(() => {
    leave();
    element.connectedCallback();
  });
  observer.observe(element, { attributeFilter: OBSERVED });
  view.undo.push(() => observer.disconnect());
  // Frameworks move elements about: one that is back at once hasn't left.
  element.off = () => queueMicrotask(() => element.isConnected || views.get(element) !== view || leave());
  if (!stub.consented(element)) forget();
  return view;
};

/** Modes in a dialog: the form itself comes when somebody is about to open it. */
export const connect = (element: SwitchyardForm, stub: Stub): void => {
  if (!element.isConnected || views.has(element)) return;
  const view = viewOf(element, stub);
  view.dialog = dialogFor(element);
  view.undo.push(listenForTriggers(element, view.dialog), view.dialog.close);
};

/** Called as soon as the runtime is there; the rest may still be on its way. */
export const show = async (
  element: SwitchyardForm,
  box: ParentNode,
  coming: Promise<Opening>,
  css: Promise<string>,
  stub: Stub,
): Promise<void> => {
  const view = viewOf(element, stub);
  const root = element.shadowRoot;
  const [room] = root.adoptedStyleSheets;
  const isLatest = (): boolean => views.get(element) === view && view.coming === coming;
  view.coming = coming;
  if (!box.firstChild) box.append(skeleton());
  root.adoptedStyleSheets = [room!, sheet(await css)];
  const opening = await coming.catch(() => ({ code: "unreachable", message: "" }));
  if (!isLatest()) return;
  if (!("html" in opening)) throw opening;
  // Too late: the visitor is busy with the fallback.
  if (box.querySelector("slot") && element.matches(":hover, :focus-within")) return;
  const keepsRoom = view.dialog || element.hasAttribute("min-height");
  root.adoptedStyleSheets = [...(keepsRoom ? [room!] : []), sheet(await css), sheet(opening.theme)];
  box.replaceChildren(html(opening.html));
  start(element, box, opening, view, stub);
};

const skeleton = (): HTMLElement =>
  create(
    "div",
    { class: "skeleton", "aria-hidden": "true" },
    ...Array.from({ length: SKELETON_LINES }, () => create("span", {})),
  );

const start = (element: SwitchyardForm, box: ParentNode, opening: Opening, view: View, stub: Stub): void => {
  const page = pageAddress();
  const emit: Host["emit"] = (name, detail) => {
    view.dialog?.follow(opening.name);
    emitFrom(element)(name, detail);
  };
  const end = ({ form, url, html: text }: Ending, statusUrl?: string): void => {
    view.dialog?.settle();
    if (url) return location.assign(url);
    if (form) return element.setAttribute("form", form);
    box.replaceChildren(html(text ?? ""));
    view.dialog?.follow(opening.name);
    headingIn(box)?.focus();
    const area = box.querySelector("[data-poll]");
    if (area && statusUrl) pollOwner(area, statusUrl, emit);
  };
  const mounted = mount(box.querySelector("form")!, opening, {
    api: stub.api,
    consented: () => stub.consented(element),
    context: (names) => pageContext(page, names, dataFor(element, names.data)),
    emit,
    done: ({ ending, status_url }) => end(ending, status_url),
    async renew() {
      const next = await stub.begin(element);
      if (next.version === opening.version) return next;
      // Other questions by now: the answers are kept, and the new form takes up those it still asks.
      await element.load(box);
    },
  });
  view.undo.push(mounted.destroy);
};

/** What hidden fields ask of the page: the element's own `data-…`, else what the site said for all. */
const dataFor = (element: Element, names: string[]): { [name: string]: string | undefined } =>
  Object.fromEntries(names.map((name) => [name, element.getAttribute(`data-${name}`) ?? pageData[name]]));
