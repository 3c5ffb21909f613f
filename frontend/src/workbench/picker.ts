// A text field with a list that typing narrows down: the ARIA combobox
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/, "list autocomplete with manual selection").

import { el, freshId } from "./dom";
import { plain } from "./pasted";
import type { Choice } from "./vocabulary";

export interface PickerOptions {
  label: string;
  placeholder?: string;
  choices: () => Choice[];
  isChosen: (value: string) => boolean;
  choose: (value: string) => void;
  /** What stands in the field while nobody searches. */
  shown: () => string;
  /** Several may be chosen, one after the other: the list stays open and each choice is ticked or not. */
  several?: boolean;
  /** Takes a text that is none of the choices; undefined: it is put back. */
  typed?: (text: string) => void;
  /** Takes what was pasted; false leaves it to the field. */
  pasted?: (text: string) => boolean;
  /** Pressed in an empty field. */
  back?: () => void;
}

export interface Picker {
  input: HTMLInputElement;
  element: HTMLElement;
  sync(): void;
}

// So many are shown; the rest is found by typing.
const MOST_SHOWN = 100;

export const picker = (options: PickerOptions): Picker => {
  const listId = freshId("list");
  const list = el("ul", { id: listId, role: "listbox", "aria-label": options.label, class: "sy-list" });
  if (options.several) list.setAttribute("aria-multiselectable", "true");
  const input = el("input", {
    type: "text",
    class: "sy-input",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-controls": listId,
    "aria-expanded": "false",
    "aria-label": options.label,
    placeholder: options.placeholder,
  });
  const element = el("div", { class: "sy-picker" }, input, list);
  let offered: Choice[] = [];
  let active = -1;
  let isSearching = false;

  const isOpen = () => !list.hidden;

  const mark = (index: number) => {
    active = index;
    [...list.children].forEach((item, i) => item.classList.toggle("sy-active", i == index));
    const item = list.children[index];
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    list.hidden = true;
    isSearching = false;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };

  const sync = () => {
    input.value = options.shown();
  };

  /** Those that contain the text, first those that begin with it; a value is found by itself too. */
  const found = (text: string): Choice[] => {
    const wanted = plain(text);
    if (!wanted) return options.choices();
    const ranked = options.choices().flatMap((choice): [number, Choice][] => {
      const [value, label] = [plain(choice[0]), plain(choice[1])];
      const rank = value == wanted || label == wanted ? 0 : label.startsWith(wanted) ? 1 : 2;
      return rank < 2 || label.includes(wanted) || value.startsWith(wanted) ? [[rank, choice]] : [];
    });
    return ranked.sort(([left], [right]) => left - right).map(([, choice]) => choice);
  };

  const note = (text: string) => el("li", { class: "sy-note", role: "option", "aria-disabled": "true" }, text);

  const draw = () => {
    const items = offered.map(([value, label], i) =>
      el("li", { id: `${listId}-${i}`, role: "option", "aria-selected": `${options.isChosen(value)}` }, label),
    );
    list.replaceChildren(...items);
  };

  const open = (text: string) => {
    const all = found(text);
    offered = all.slice(0, MOST_SHOWN);
    draw();
    if (!all.length && !options.typed) list.append(note("Nothing fits."));
    if (all.length > offered.length) list.append(note(`${all.length - offered.length} more: type to find them`));
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", `${isOpen()}`);
    const first = text && !options.typed ? 0 : offered.findIndex(([value]) => !options.several && options.isChosen(value));
    mark(offered.length ? first : -1);
  };

  const choose = (value: string) => {
    options.choose(value);
    if (!input.isConnected) return;
    if (!options.several) {
      sync();
      close();
      return;
    }
    // Who searched begins anew; who goes down the list goes on from where they are.
    const at = isSearching ? -1 : active;
    input.value = "";
    isSearching = false;
    open("");
    mark(at);
  };

  /** A text left standing: a choice's name or value, else what was typed where that is allowed. */
  const settle = () => {
    const text = input.value.trim();
    const exact = options.choices().find(([value, label]) => [plain(value), plain(label)].includes(plain(text)));
    if (isSearching && text && exact && !(options.several && options.isChosen(exact[0]))) options.choose(exact[0]);
    else if (isSearching && text && options.typed && !exact) options.typed(text);
    if (!input.isConnected) return;
    sync();
    close();
  };

  const move = (by: number) => {
    if (!isOpen()) open("");
    else if (offered.length) mark((active + by + offered.length + (active < 0 && by < 0 ? 1 : 0)) % offered.length);
  };

  const keys: { [key: string]: (event: KeyboardEvent) => boolean } = {
    ArrowDown: (event) => !event.altKey && (move(1), true),
    ArrowUp: (event) => !event.altKey && (move(-1), true),
    // Never submits the form around it.
    Enter: () => {
      const choice = isOpen() ? offered[active] : undefined;
      if (choice) choose(choice[0]);
      else settle();
      return true;
    },
    Escape: (event) => {
      if (!isOpen()) return false;
      event.stopPropagation();
      sync();
      close();
      return true;
    },
    Backspace: () => {
      if (!input.value && options.back) options.back();
      return false;
    },
  };

  input.addEventListener("keydown", (event) => {
    if (!event.isComposing && keys[event.key]?.(event)) event.preventDefault();
  });
  input.addEventListener("input", () => {
    isSearching = true;
    open(input.value);
  });
  input.addEventListener("click", () => (isOpen() ? close() : open("")));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", settle);
  input.addEventListener("paste", (event) => {
    if (options.pasted?.(event.clipboardData?.getData("text") ?? "")) event.preventDefault();
  });
  // The field keeps the focus while somebody points at the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const index = [...list.children].indexOf((event.target as Element).closest("li")!);
    if (offered[index]) choose(offered[index][0]);
  });
  close();
  sync();
  return { input, element, sync };
};
