// A searchable select: the ARIA combobox with a list that typing narrows down
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/, "list autocomplete with manual selection").
//
// The select stays in the form and holds the value; the text input takes over its id, and with it its label.

export interface Combobox {
  input: HTMLInputElement;
  /** The select was changed by somebody else: show what it holds now. */
  sync(): void;
}

const MOVED = ["id", "autocomplete", "aria-required", "aria-describedby", "aria-invalid"];

/** As one compares names: without accents and capitals. */
const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

export const combobox = (select: HTMLSelectElement, words: { [name: string]: string }): Combobox => {
  const make = (tag: string, attributes: { [name: string]: string }) => {
    const element = document.createElement(tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]!);
    return element;
  };
  const name = select.labels?.[0]?.textContent ?? "";
  const listId = `${select.id}-list`;
  const list = make("ul", { id: listId, role: "listbox", part: "list", "aria-label": name });
  const input = make("input", {
    type: "text",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": listId,
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: words["search"] ?? "",
  }) as HTMLInputElement;
  // What is typed runs as it wants to. The placeholder, and the room for the arrow, go with the page; `dir` would turn them.
  input.style.unicodeBidi = "plaintext";
  for (const attribute of MOVED) {
    const value = select.getAttribute(attribute);
    if (value !== null) input.setAttribute(attribute, value);
    select.removeAttribute(attribute);
  }
  const hadFocus = select.matches(":focus");
  const box = make("div", { class: "combo" });
  select.before(box);
  box.append(input, list, select);
  select.hidden = true;
  if (hadFocus) input.focus();

  let offered: HTMLOptionElement[] = [];
  let active = -1;

  const sync = () => {
    input.value = select.value && (select.selectedOptions[0]?.text ?? "");
  };

  const mark = (index: number) => {
    active = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", `${i === index}`));
    const item = list.children[index];
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  };

  const toggle = (open: boolean) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", `${open}`);
    if (!open) mark(-1);
  };
  const isOpen = () => !list.hidden;

  /** Those that contain the text, first those that begin with it. */
  const found = (text: string) => {
    const wanted = plain(text);
    const options = [...select.options].filter((option) => option.value && plain(option.text).includes(wanted));
    const begins = (option: HTMLOptionElement) => plain(option.text).startsWith(wanted);
    return wanted ? [...options.filter(begins), ...options.filter((option) => !begins(option))] : options;
  };

  const open = (text: string) => {
    offered = found(text);
    list.replaceChildren(
      ...offered.map((option, i) => {
        const item = make("li", { id: `${listId}-${i}`, role: "option", dir: "auto" });
        item.textContent = option.text;
        return item;
      }),
    );
    if (!offered.length) {
      const none = make("li", { role: "option", "aria-disabled": "true" });
      none.textContent = words["no_match"] ?? "";
      list.append(none);
    }
    toggle(true);
    mark(text ? -1 : offered.findIndex((option) => option.selected));
  };

  const choose = (value: string) => {
    const changed = select.value !== value;
    select.value = value;
    sync();
    toggle(false);
    if (changed) select.dispatchEvent(new Event("change", { bubbles: true, composed: true }));
  };

  /** What a text left standing means: an option's name or value (as browsers fill in), else the only one offered. */
  const settle = () => {
    const text = plain(input.value);
    if (!text) return choose("");
    const options = [...select.options].filter((option) => option.value);
    const exact = options.find((option) => plain(option.text) === text || plain(option.value) === text);
    const only = isOpen() && offered.length === 1 ? offered[0] : undefined;
    choose((exact ?? only)?.value ?? select.value);
  };

  const move = (by: number) => {
    if (!isOpen()) open("");
    else if (offered.length) mark((active + by + offered.length + (active < 0 && by < 0 ? 1 : 0)) % offered.length);
  };

  const keys: { [key: string]: (event: KeyboardEvent) => boolean } = {
    ArrowDown: () => (move(1), true),
    ArrowUp: () => (move(-1), true),
    Enter: () => {
      if (!isOpen()) return false;
      const option = offered[active];
      if (option) choose(option.value);
      else settle();
      return true;
    },
    // Only the list is closed by it, not the dialog around it.
    Escape: (event) => {
      if (!isOpen()) return false;
      event.stopPropagation();
      sync();
      toggle(false);
      return true;
    },
    // They move the caret, as in any text, and the list's mark gives way.
    Home: () => (mark(-1), false),
    End: () => (mark(-1), false),
  };

  input.addEventListener("keydown", (event) => {
    if (!event.isComposing && keys[event.key]?.(event)) event.preventDefault();
  });
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("click", () => (isOpen() ? toggle(false) : open("")));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", settle);
  // The input keeps the focus while somebody points at the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const index = [...list.children].indexOf((event.target as Element).closest("li")!);
    if (offered[index]) choose(offered[index].value);
  });
  toggle(false);
  sync();
  return { input, sync };
};
