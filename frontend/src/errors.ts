// Errors in the page: at their field, and together above the step.

import type { Item } from "./controls";
import type { Logic } from "./logic";

const isWrong = (item: Item) => item.box.classList.contains("wrong");

export const errorBoard = (form: HTMLFormElement, logic: Logic, items: Map<string, Item>) => {
  const summary = form.querySelector<HTMLElement>("[data-summary]")!;
  const list = summary.querySelector("ul")!;
  const links = new Map<Item, Element>();

  const set = (item: Item, text: string) => {
    item.box.classList.toggle("wrong", !!text);
    if (item.error) item.error.textContent = text;
    if (text) item.marked.setAttribute("aria-invalid", "true");
    else item.marked.removeAttribute("aria-invalid");
  };

  const link = (item: Item, text: string) => {
    const entry = document.createElement("li");
    const anchor = document.createElement("a");
    const name = document.createElement("span");
    anchor.href = `#${item.first.id}`;
    // Within a shadow root the address alone leads nowhere.
    anchor.onclick = (event) => {
      event.preventDefault();
      item.first.focus();
    };
    name.dir = "auto";
    name.textContent = item.label;
    anchor.append(name, `: ${text}`);
    entry.append(anchor);
    links.set(item, entry);
    return entry;
  };

  const hideSummary = () => {
    summary.hidden = true;
    links.clear();
  };

  return {
    isWrong,
    set,
    hideSummary,
    clear(item: Item) {
      if (!isWrong(item)) return;
      set(item, "");
      links.get(item)?.remove();
      if (![...items.values()].some(isWrong)) hideSummary();
    },
    /** One error takes the focus at its field; several are listed, and the list takes it. */
    showAll(wrong: [Item, string][]) {
      for (const [item, text] of wrong) set(item, text);
      hideSummary();
      if (wrong.length < 2) return wrong[0]?.[0].first.focus();
      summary.querySelector("h2")!.textContent = logic.words["errors_heading"] ?? "";
      list.replaceChildren(...wrong.map(([item, text]) => link(item, text)));
      summary.hidden = false;
      summary.focus();
    },
  };
};
