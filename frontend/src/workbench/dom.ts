// Small helps for building pages by hand.

export type Attributes = { [name: string]: string | boolean | undefined };

/** An element with its attributes (`false` and undefined leave one out) and children. */
export const el = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...children);
  return element;
};

/** A button that submits nothing; with an icon it is named by its label alone. */
export const button = (label: string, act: () => void, icon?: string, more: Attributes = {}) => {
  const sign = icon && el("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, icon);
  const made = el(
    "button",
    { type: "button", class: icon ? "sy-icon" : "sy-tool", ...(icon && { "aria-label": label, title: label }), ...more },
    sign || label,
  );
  made.addEventListener("click", act);
  return made;
};

let made = 0;
export const freshId = (name: string) => `sy-${name}-${++made}`;

export const whenReady = (act: () => void) =>
  document.readyState == "loading" ? document.addEventListener("DOMContentLoaded", act) : act();

/** Calls `enhance` for each such field, also in rows that are added later; templates of rows are left alone. */
export const enhanceAll = <Field extends HTMLElement>(selector: string, enhance: (field: Field) => void) => {
  const within = (root: ParentNode) => {
    for (const field of root.querySelectorAll<Field>(selector))
      if (!field.dataset["enhanced"] && !field.id.includes("__prefix__")) {
        field.dataset["enhanced"] = "yes";
        enhance(field);
      }
  };
  whenReady(() => within(document));
  document.addEventListener("formset:added", (event) => within(event.target as HTMLElement));
};

/** The words of a field's label, else of its column. */
export const nameOf = (field: HTMLElement): string => {
  const labelled = field.id && document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  const cell = field.closest("td");
  const heading = cell?.closest("table")?.tHead?.rows[0]?.cells[cell.cellIndex];
  const words = labelled || heading?.querySelector("span > span") || heading;
  return (words?.textContent ?? "").trim().replace(/\s*\*$/, "").replace(/\s+/g, " ");
};
