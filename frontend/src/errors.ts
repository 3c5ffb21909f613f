// Errors at their fields, and away again. The list above the step is in summary.ts.

import type { Item } from "./controls";

/** "" takes it away. */
export const setError = ({ box, error, marked }: Item, text: string) => {
  box.classList.toggle("wrong", !!text);
  error!.textContent = text;
  if (text) marked.setAttribute("aria-invalid", "true");
  else marked.removeAttribute("aria-invalid");
};

export const errorBoard = (form: HTMLFormElement) => {
  const summary = form.querySelector<HTMLElement>("[data-summary]")!;
  const list = summary.querySelector("ul")!;

  const hideSummary = () => {
    summary.hidden = true;
  };

  return {
    hideSummary,
    clear(item: Item) {
      if (!item.box.classList.contains("wrong")) return;
      setError(item, "");
      list.querySelector(`[href="#${item.first.id}"]`)?.parentElement!.remove();
      if (!list.firstElementChild) hideSummary();
    },
  };
};
