// The hosted page: its form, and its done page.

import { loadOwner, mount, type Host, type Session } from "./controller";
import { pageContext } from "./context";

/** The page's `script[data-session]`: what `GET /api/v1/forms/{slug}` answers to an embed, without what is shown. */
type PageSession = Omit<Session, "form" | "session"> & { api: string; consented: boolean };

const find = <T extends Element>(selector: string) => document.querySelector<T>(selector);

const start = (form: HTMLFormElement) => {
  const { api, consented, ...session }: PageSession = JSON.parse(find("script[data-session]")!.textContent!);
  const slug = form.dataset["form"]!;
  const host: Host = {
    api,
    history: true,
    consented: () => consented,
    context: (names) => pageContext(location.href, names),
    emit() {},
    done({ id, ending }) {
      if (ending.kind === "redirect" && ending.url) location.assign(ending.url);
      else if (ending.kind === "form") location.assign(`/f/${ending.form}/`);
      else if (id) location.assign(`${new URL(form.action).pathname}done/${id}/`);
      else showEnding(form, ending.html ?? "");
    },
    // The answers are in the tab's memory, and the fresh page sends them.
    async renew() {
      location.reload();
    },
  };
  const token = (form.elements.namedItem("_token") as HTMLInputElement).value;
  mount(form, { ...session, form: slug, session: token }, host);
};

/** A gate's ending, which has no page of its own. */
const showEnding = (form: Element, html: string) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  form.replaceWith(...page.body.children);
  find<HTMLElement>("[data-done] [data-heading]")?.focus();
};

const form = find<HTMLFormElement>("form[data-form]");
if (form) start(form);
const owner = find<HTMLElement>("[data-poll]");
if (owner) void loadOwner(owner, owner.dataset["poll"]!, () => {});
