// Several values: chosen from a list, typed one by one, or pasted as a list. What pasting doesn't know is named and kept
// aside until somebody mends it or lets it go.

import { button, el } from "./dom";
import { inWords, isList, readPasted } from "./pasted";
import { picker } from "./picker";
import type { Choice } from "./vocabulary";

export interface Many {
  values: string[];
  aside: string[];
}

export interface ManyOptions {
  label: string;
  /** null: any text. */
  choices: () => Choice[] | null;
  state: Many;
  changed: () => void;
  /** Said to people who hear the page. */
  say: (text: string) => void;
  /** Whether a text can be a value at all, where there are no choices. */
  fits?: (text: string) => boolean;
}

// So many are shown before "Show all".
const MOST_SHOWN = 24;

export const many = (options: ManyOptions): HTMLElement => {
  const { state, label } = options;
  const chips = el("ul", { class: "sy-chips", "aria-label": `${label}: chosen` });
  const aside = el("div", { class: "sy-aside" });
  const box = el("textarea", { class: "sy-input", rows: "4", "aria-label": `${label}: paste a list` });
  const result = el("p", { class: "sy-note", role: "status" });
  let showsAll = false;

  const labelOf = (value: string) => options.choices()?.find(([each]) => each == value)?.[1] ?? value;

  const changed = () => {
    draw();
    options.changed();
  };

  const remove = (value: string) => {
    const at = state.values.indexOf(value);
    state.values.splice(at, 1);
    changed();
    options.say(`${labelOf(value)} removed`);
    const buttons = chips.querySelectorAll("button");
    (buttons[Math.min(at, buttons.length - 1)] ?? field.input).focus();
  };

  const toggle = (value: string) => {
    const at = state.values.indexOf(value);
    if (at < 0) state.values.push(value);
    else state.values.splice(at, 1);
    options.say(`${labelOf(value)} ${at < 0 ? "added" : "removed"}, ${state.values.length} chosen`);
    changed();
  };

  const take = (text: string) => {
    const found = readPasted(text, options.choices(), state.values);
    const misfits = options.choices() || !options.fits ? [] : found.values.filter((value) => !options.fits!(value));
    found.values = found.values.filter((value) => !misfits.includes(value));
    found.unknown.push(...misfits);
    state.values.push(...found.values);
    state.aside.push(...found.unknown.filter((each) => !state.aside.includes(each)));
    changed();
    return found;
  };

  const takeList = (text: string) => {
    result.textContent = inWords(take(text));
    aside.querySelector<HTMLElement>("input")?.focus();
  };

  const add = (text: string) => {
    const { unknown } = take(text);
    result.textContent = unknown.length ? `${unknown.join(", ")}: not known.` : "";
  };

  const field = picker({
    label,
    placeholder: "Search, or paste a list",
    choices: () => options.choices() ?? [],
    isChosen: (value) => state.values.includes(value),
    choose: toggle,
    shown: () => "",
    several: true,
    ...(options.choices() ? {} : { typed: add, placeholder: "Type and press Enter, or paste a list" }),
    pasted: (text) => isList(text) && (takeList(text), true),
  });

  const drawChips = () => {
    const shown = showsAll ? state.values : state.values.slice(0, MOST_SHOWN);
    const items = shown.map((value) =>
      el(
        "li",
        { class: "sy-chip" },
        labelOf(value),
        button(`Remove ${labelOf(value)}`, () => remove(value), "close"),
      ),
    );
    chips.replaceChildren(...items);
    chips.hidden = !items.length;
    if (state.values.length > shown.length) {
      const more = button(`Show all ${state.values.length}`, () => {
        showsAll = true;
        drawChips();
        chips.querySelectorAll("button")[MOST_SHOWN]?.focus();
      });
      chips.append(el("li", {}, more));
    }
  };

  const letGo = (text: string) => {
    state.aside.splice(state.aside.indexOf(text), 1);
    changed();
    (aside.querySelector<HTMLElement>("input") ?? field.input).focus();
  };

  const mend = (text: string, written: string) => {
    // A field that is taken away says once more that it has changed.
    if (!state.aside.includes(text) || written == text || !written.trim()) return;
    const { values, unknown, repeated } = readPasted(written, options.choices(), state.values);
    if (unknown.length || !(values.length + repeated)) return;
    state.values.push(...values);
    letGo(text);
  };

  const drawAside = () => {
    aside.hidden = !state.aside.length;
    if (!state.aside.length) return;
    const rows = state.aside.map((text) => {
      const input = el("input", { class: "sy-input", value: text, "aria-label": `Not known: ${text}. Write it otherwise` });
      input.addEventListener("change", () => mend(text, input.value));
      input.addEventListener("keydown", (event) => {
        if (event.key != "Enter") return;
        event.preventDefault();
        mend(text, input.value);
      });
      return el("li", {}, input, button(`Leave out ${text}`, () => letGo(text), "close"));
    });
    const all = button("Leave them all out", () => {
      state.aside.length = 0;
      changed();
      field.input.focus();
    });
    const title = `${state.aside.length} not known. Write ${state.aside.length == 1 ? "it" : "them"} otherwise, or leave out:`;
    aside.replaceChildren(el("p", { class: "sy-problem" }, title), el("ul", {}, ...rows), all);
  };

  const draw = () => {
    drawChips();
    drawAside();
  };

  const panel = el(
    "details",
    { class: "sy-paste" },
    el("summary", {}, "Paste a list"),
    el("p", { class: "sy-note" }, "One per line, or between tabs, commas or semicolons."),
    box,
    button("Add these", () => {
      takeList(box.value);
      box.value = "";
    }),
  );
  draw();
  return el("div", { class: "sy-many" }, chips, field.element, panel, result, aside);
};
