// Errors in the page: at their field, and together above the step.

import type { Item } from "./controls";
import type { Logic } from "./logic";

export const errorBoard = (form: HTMLFormElement, logic: Logic) => {
  const summary = form.querySelector<HTMLElement>("[data-summary]")!;
  const list = summary.querySelector("ul")!;

  const set = ({ box, error, marked }: Item, text: string) => {
    box.classList.toggle("wrong", !!text);
    error!.textContent = text;
    if (text) marked.setAttribute("aria-invalid", "true");
    else marked.removeAttribute("aria-invalid");
  };

  const link = (item: Item, text: string) => {
    const entry = document.createElement("li");
    const anchor = document.createElement("a");
    const name = document.createElement("bdi");
    anchor.href = `#${item.first.id}`;
    // Within a shadow root the address alone leads nowhere.
    anchor.onclick = () => {
      item.first.focus();
      return false;
    };
    name.textContent = item.label;
    anchor.append(name, `: ${text}`);
    entry.append(anchor);
    return entry;
  };

  const hideSummary = () => {
    summary.hidden = true;
  };

  return {
    set,
    hideSummary,
    clear(item: Item) {
      if (!item.box.classList.contains("wrong")) return;
      set(item, "");
      list.querySelector(`[href="#${item.first.id}"]`)?.parentElement!.remove();
      if (!list.firstElementChild) hideSummary();
    },
    /** At their fields and in the list, which takes the focus. */
    showAll(wrong: [Item, string][]) {
      for (const [item, text] of wrong) set(item, text);
      summary.querySelector("h2")!.textContent = logic.words[wrong[1] ? "errors_heading" : "errors_heading_one"]!;
      list.replaceChildren(...wrong.map(([item, text]) => link(item, text)));
      summary.hidden = false;
      summary.focus();
    },
  };
};
