// The stub: the one script that a site loads by itself. It defines <switchyard-form> and starts what an inline form
// needs at once and in parallel: runtime, stylesheet and the form. It stays below 1,000 bytes, so all that can wait is
// in the runtime. The fallback can't: it is there for when the runtime doesn't come.
import type { Call, Runtime, Stub, SwitchyardForm } from "./embed/contract";

const PATIENCE_MS = 3000;

if (!window.Switchyard) {
  const source = (document.currentScript as HTMLScriptElement).src;
  const at = (path: string): string => new URL(path, source).href;
  let runtime: Promise<Runtime> | undefined;
  let look: Promise<string> | undefined;

  const load = (): Promise<Runtime> => (runtime ||= import(at("runtime.js")));

  const stub: Stub = {
    api: at("../../api/v1"),
    // One per page view; with consent the one that this browser was given before.
    visitor: crypto.getRandomValues(new Uint32Array(4)).join("-"),
    // The attribute says so; or there is none, and the cookie does.
    consented: (element) =>
      /^granted|^null.*sy_consent=granted/.test(element.getAttribute("consent") + document.cookie),
    async begin(element) {
      const sticky = stub.consented(element);
      try {
        if (sticky) stub.visitor = localStorage.switchyard_visitor ||= stub.visitor;
      } catch {} // the browser keeps nothing
      // Our own parameters open a session, so they are taken out of the address, which is stored.
      let own = "";
      const page = location.href.replace(/switchyard_((prefill|resume)=[^&#]*)&?|#.*/g, (_, pair) => ((own += "&" + pair), ""));
      const query = new URLSearchParams({
        page,
        referrer: document.referrer,
        language: element.getAttribute("language") || element.closest<HTMLElement>("[lang]")?.lang || navigator.language,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        prefill: element.getAttribute("prefill") || "",
        visitor: stub.visitor,
        sticky: +sticky as unknown as string,
        only: "markup",
      });
      return (await fetch(`${stub.api}/forms/${element.getAttribute("form")}?${query}${own}`)).json();
    },
  };

  // Whatever is called, the runtime knows it.
  window.Switchyard = new Proxy(
    {},
    { get: (_, name) => async (...values: unknown[]) => (await load()).call(stub, name as Call, values) },
  );

  customElements.define(
    "switchyard-form",
    class extends HTMLElement implements SwitchyardForm {
      declare shadowRoot: ShadowRoot;
      declare off?: () => void;

      connectedCallback(): void {
        const root = this.shadowRoot || this.attachShadow({ mode: "open" });
        if (/popup|slide|full/.test(this.getAttribute("mode")!))
          (self.requestIdleCallback || setTimeout)(async () => (await load()).connect(this, stub));
        else root.firstChild || this.load(root);
      }

      disconnectedCallback(): void {
        this.off?.();
      }

      async load(box: ParentNode): Promise<void> {
        const fallBack = (): void => box.replaceChildren(document.createElement("slot"));
        const timer = setTimeout(fallBack, PATIENCE_MS);
        // In a sheet: a strict page allows no style in the markup.
        const room = new CSSStyleSheet();
        room.replaceSync(`:host{display:block;min-height:${this.getAttribute("min-height") || "24em"}`);
        this.shadowRoot.adoptedStyleSheets = [room];
        await 0; // frameworks may set attributes only now
        try {
          const opening = stub.begin(this);
          look ||= fetch(at("form.css")).then((response) => response.text());
          await (await load()).show(this, box, opening, look, stub);
        } catch (error) {
          fallBack();
          this.dispatchEvent(new CustomEvent("error", { detail: error, bubbles: true, composed: true }));
        }
        clearTimeout(timer);
      }
    },
  );
}
