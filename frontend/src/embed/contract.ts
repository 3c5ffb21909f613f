// What the stub (embed.js) and the runtime (runtime.js) know of each other. Types only: nothing of this is loaded.
import type { Session } from "../controller";

declare global {
  interface Window {
    Switchyard?: object;
  }
}

/** The answer to `GET /api/v1/forms/{slug}`. */
export interface Opening extends Session {
  name: string;
  html: string;
  theme: string;
}

export interface Stub {
  /** `https://forms.example.com/api/v1` */
  api: string;
  visitor: string;
  /** The latest in the page. */
  click?: MouseEvent;
  /** By what the element, else the cookie says; after `Switchyard.consent`, by that. */
  consented(element: Element): boolean;
  /** A session for the element's `form`. An error's answer `{code, message}` comes back the same way. */
  begin(element: Element): Promise<Opening>;
}

export type Call = "on" | "capture" | "consent" | "data" | "open" | "close";

export interface Runtime {
  /** A dialog's element stands in the page (again). */
  connect(element: SwitchyardForm, stub: Stub): Promise<unknown>;
  /** Put the form into the box once it and its stylesheet are there. Rejects with the server's `{code, message}`. */
  show(element: SwitchyardForm, box: ParentNode, coming: Promise<[Opening, string]>, stub: Stub): Promise<void>;
  call(stub: Stub, name: Call, values: unknown[]): void;
}

export interface SwitchyardForm extends HTMLElement {
  readonly shadowRoot: ShadowRoot;
  /** The runtime's, for when the element leaves the page. */
  off?: () => void;
  connectedCallback(): void;
  /** Fetch everything and show it in the box, which by itself is the shadow root; the fallback where that takes longer than 3 s or fails. */
  load(box?: ParentNode): Promise<void>;
}
