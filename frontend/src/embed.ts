// The stub: the one script that a site loads by itself. It defines <switchyard-form> and starts what an inline form
// needs at once and in parallel: runtime, stylesheet and the form. It stays below 1,000 bytes, so all that can wait is
// in the runtime. The fallback can't: it is there for when the runtime doesn't come.
import type { Call, Runtime, Stub, SwitchyardForm } from "./embed/contract";

const PATIENCE_MS = 3000;

if (!self.Switchyard) {
  const source = (document.currentScript as HTMLScriptElement).src;
  const at = (path: string): string => new URL(path, source).href;
  let look: Promise<string> | undefined;

  // A module is loaded once, however often it is asked for.
  const load = (): Promise<Runtime> => import(at("runtime.js"));

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
      // Our own parameters (prefill, resume) open a session, so they are taken out of the address, which is stored. Of
      // a name that comes twice the server takes the latter: nobody's link can set what is set below.
      let address = `/forms/${element.getAttribute("form")}?prefill=${element.getAttribute("prefill") || ""}`;
      const page = location.href.replace(
        /switchyard_(\w+=[^&#]*)&?|#.*/g,
        (_, pair) => ((address += "&" + pair), ""),
      );
      const query = new URLSearchParams({
        page,
        referrer: document.referrer,
        // Else by what the browser says in its request.
        language:
          element.getAttribute("language") || element.closest<HTMLElement>("[lang]")?.lang || "",
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        visitor: stub.visitor,
        sticky: +sticky as unknown as string,
        only: "markup",
      });
      return (await fetch(stub.api + address + "&" + query)).json();
    },
  };

  // A dialog opens on this one if the visitor was faster than the rest of the scripts.
  addEventListener("click", (event) => (stub.click = event));

  // Whatever is called, the runtime knows it.
  self.Switchyard = new Proxy(
    {},
    { get: (_, name) => async (...values: unknown[]) => (await load()).call(stub, name as Call, values) },
  );

  customElements.define(
    "switchyard-form",
    class extends HTMLElement implements SwitchyardForm {
      declare shadowRoot: ShadowRoot;
      declare off?: () => void;

      connectedCallback(): void {
        // At once: a link in the element mustn't lead away while the dialog that it opens is on its way.
        const root = this.shadowRoot || this.attachShadow({ mode: "open" });
        if (/popup|slide|full/.test(this.getAttribute("mode")!))
          // After what the page itself is about to do.
          setTimeout(async () => (await load()).connect(this, stub));
        else root.firstChild || this.load();
      }

      disconnectedCallback(): void {
        this.off?.();
      }

      async load(box: ParentNode = this.shadowRoot): Promise<void> {
        const fallBack = (): void => box.replaceChildren(document.createElement("slot"));
        const timer = setTimeout(fallBack, PATIENCE_MS);
        // In a sheet: a strict page allows no style in the markup.
        const room = new CSSStyleSheet();
        room.replaceSync(`:host{display:block;min-height:${this.getAttribute("min-height") || "24em"}`);
        this.shadowRoot.adoptedStyleSheets = [room];
        await 0; // frameworks may set attributes only now
        try {
          look ||= fetch(at("form.css")).then((response) => response.text());
          const coming = Promise.all([stub.begin(this), look]);
          await Promise.all([coming, load().then((runtime) => runtime.show(this, box, coming, stub))]);
        } catch (error) {
          fallBack();
          this.dispatchEvent(new CustomEvent("error", { detail: error, bubbles: true, composed: true }));
        }
        clearTimeout(timer);
      }
    },
  );
}
