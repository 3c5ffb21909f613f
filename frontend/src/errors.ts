// Errors at their fields, and away again. The list above the step is in summary.ts.

import type { Item } from "./controls";

/** "" takes it away. */
export const setError = ({ box, error, marked }: Item, text: string) => {
  box.classList.toggle("wrong", !!text);
  error!.textContent = text;
  if (text) marked.setAttribute("aria-invalid", "true");
  else marked.removeAttribute("aria-invalid");
};

/** Takes a field's error away, at the field and from the list. */
export const errorClearer = (form: HTMLFormElement) => {
  const summary = form.querySelector<HTMLElement>("[data-summary]")!;

  return (item: Item) => {
    if (!item.box.classList.contains("wrong")) return;
    setError(item, "");
    summary.querySelector(`[href="#${item.first.id}"]`)?.parentElement!.remove();
    if (!summary.querySelector("li")) summary.hidden = true;
  };
};
