// The list of errors above the step.

import type { Filling } from "./controller";
import type { Item } from "./controls";

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

/** At their fields and in the list, which takes the focus. */
export const listErrors = ({ logic, setError }: Filling, summary: HTMLElement, wrong: [Item, string][]) => {
  for (const [item, text] of wrong) setError(item, text);
  summary.querySelector("h2")!.textContent = logic.words[wrong[1] ? "errors_heading" : "errors_heading_one"]!;
  summary.querySelector("ul")!.replaceChildren(...wrong.map(([item, text]) => link(item, text)));
  summary.hidden = false;
  summary.focus();
};
