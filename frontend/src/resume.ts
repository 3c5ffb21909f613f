// The button that copies a link to continue later. A module of its own, loaded where the server keeps what was answered.

import type { Filling } from "./controller";

const shown = new WeakMap<HTMLFormElement, Element>();

export const offerLink = ({ form, context, logic: { words }, say }: Filling, resume: string) => {
  const { href } = withResume(context["page"] as string | undefined, resume);
  const isCopied = () => say(words["resume_copied"]);

  const show = (element: Element) => {
    shown.get(form)?.remove();
    form.querySelector("[data-saving]")!.after(element);
    shown.set(form, element);
  };

  /** Where a page may not write to the clipboard, as those without TLS: to be copied by hand, if not in the old way. */
  const showAddress = () => {
    const field = document.createElement("input");
    field.readOnly = true;
    field.dir = "ltr";
    field.value = href;
    field.ariaLabel = words["resume_link"]!;
    show(field);
    field.select();
    if (document.execCommand("copy")) isCopied();
  };

  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = words["resume_link"]!;
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(href);
      isCopied();
    } catch {
      showAddress();
    }
  };
  show(button);
};

const withResume = (page: string | undefined, resume: string) => {
  const address = new URL(page || location.href);
  address.searchParams.set("switchyard_resume", resume);
  return address;
};
