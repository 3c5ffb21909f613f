// Form fields that are boxes to type in where no script runs: pickers by name, a weekly grid, searchable selects. Each
// keeps its box as the field that the form sends (foundation/widgets.py).

import { button, el, enhanceAll, freshId, nameOf } from "./dom";
import { many } from "./many";
import { picker } from "./picker";
import type { Choice } from "./vocabulary";
import { DAYS, readWeek, writeWeek, type Week } from "./week";

const choicesOf = async (field: HTMLElement): Promise<Choice[]> => {
  const { choices, source } = field.dataset;
  if (choices) return JSON.parse(choices) as Choice[];
  const response = await fetch(source!, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as Choice[];
};

/** The box makes room; it can be had back, to copy the list or to write it by hand. */
const inPlaceOf = (field: HTMLTextAreaElement | HTMLSelectElement, element: HTMLElement) => {
  field.before(element);
  field.hidden = true;
};

const spoken = () => el("p", { class: "sy-hidden", role: "status" });

const linesOf = (text: string) => text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);

/** A form isn't sent while something pasted is kept aside: it would be lost. */
const guardSending = (field: HTMLElement & { form: HTMLFormElement | null }, problem: () => string, focus: () => void, say: (text: string) => void) =>
  field.form?.addEventListener("submit", (event) => {
    if (!problem()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    focus();
    say(problem());
  });

const enhanceLines = async (field: HTMLTextAreaElement) => {
  const choices = await choicesOf(field).catch(() => undefined);
  if (!choices) return;
  const known = new Set(choices.map(([value]) => value));
  const lines = linesOf(field.value);
  // What the server refused is shown as it was typed; so is JSON.
  const state = { values: lines.filter((line) => known.has(line)), aside: lines.filter((line) => !known.has(line)) };
  if (/^\s*[[{]/.test(field.value)) return;
  const status = spoken();
  const say = (text: string) => (status.textContent = text);
  const element = many({
    label: nameOf(field),
    choices: () => choices,
    state,
    say,
    changed: () => {
      field.value = [...state.values, ...state.aside].join("\n");
      field.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
  inPlaceOf(field, el("div", { class: "sy-field", role: "group", "aria-label": nameOf(field) }, element, status));
  const problem = () => (state.aside.length ? "Not saved. Some pasted values are not known: write them otherwise, or leave them out." : "");
  guardSending(field, problem, () => element.querySelector<HTMLElement>(".sy-aside input")?.focus(), say);
};

/** One value by name, whose code is what the box holds. */
const enhanceChoice = async (field: HTMLTextAreaElement) => {
  const choices = await choicesOf(field).catch(() => undefined);
  if (!choices) return;
  const empty: Choice = ["", "Not known"];
  const made = picker({
    label: nameOf(field),
    placeholder: "Search",
    choices: () => [empty, ...choices],
    isChosen: (value) => value == field.value.trim(),
    choose: (value) => (field.value = value),
    shown: () => choices.find(([value]) => value == field.value.trim())?.[1] ?? field.value,
    typed: (text) => (field.value = text),
  });
  inPlaceOf(field, made.element);
};

const enhanceSelect = (field: HTMLSelectElement) => {
  const choices: Choice[] = [...field.options].map((option) => [option.value, option.text]);
  const empty = choices.find(([value]) => !value)?.[1];
  const made = picker({
    label: nameOf(field),
    placeholder: empty ?? "Search",
    choices: () => choices,
    isChosen: (value) => value == field.value,
    choose: (value) => {
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    },
    shown: () => (field.value ? (field.selectedOptions[0]?.text ?? "") : ""),
  });
  for (const name of ["aria-describedby", "aria-invalid"]) {
    const value = field.getAttribute(name);
    if (value) made.input.setAttribute(name, value);
  }
  // The label of the select becomes the label of the field that people see.
  const { id } = field;
  inPlaceOf(field, made.element);
  field.id = `${id}-select`;
  made.input.id = id;
};

// The weekly grid

const enhanceHours = (field: HTMLTextAreaElement) => {
  const week = readWeek(field.value);
  // What the grid can't show stays text, with what the server says of it.
  if (!week) return;
  const name = nameOf(field);
  const status = spoken();
  const rows = el("div", { class: "sy-week" });
  const write = () => {
    field.value = writeWeek(week);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const redraw = (day?: number, said = "") => {
    rows.replaceChildren(...DAYS.map((_, at) => dayRow(week, at, write, redraw)));
    // The day's last span, which is the one that was added; else the button to add one.
    const last = day === undefined ? [] : [...rows.children[day]!.querySelectorAll<HTMLElement>(".sy-span")].slice(-1);
    const next = day === undefined ? undefined : (last[0] ?? rows.children[day]!).querySelector<HTMLElement>("input, button");
    next?.focus();
    status.textContent = said;
  };
  const copy = button("Copy Monday to all weekdays", () => {
    for (const day of [1, 2, 3, 4]) week[day] = week[0]!.map((span) => ({ ...span }));
    write();
    redraw(undefined, "Monday copied to Tuesday, Wednesday, Thursday and Friday");
  });
  redraw();
  const hint = el("p", { class: "sy-note" }, "Until 00:00 is midnight.");
  const problem = () => (week.some((day) => day.some(({ from, to }) => !from || !to)) ? "Not saved. Enter both times of each span, or remove it." : "");
  inPlaceOf(field, el("div", { class: "sy-field", role: "group", "aria-label": name }, rows, copy, hint, status));
  const focus = () => [...rows.querySelectorAll("input")].find((input) => !input.value)?.focus();
  guardSending(field, problem, focus, (text) => (status.textContent = text));
};

const dayRow = (week: Week, at: number, write: () => void, redraw: (day?: number, said?: string) => void) => {
  const day = DAYS[at]!;
  const spans = week[at]!.map((span, i) => {
    const time = (end: "from" | "to", words: string) => {
      const input = el("input", { type: "time", class: "sy-input", "aria-label": `${day} ${words}`, value: span[end] });
      input.addEventListener("change", () => {
        span[end] = input.value;
        write();
      });
      return input;
    };
    const drop = button(`Remove ${day} ${span.from} to ${span.to}`, () => {
      week[at]!.splice(i, 1);
      write();
      redraw(at, "Removed");
    }, "close");
    return el("span", { class: "sy-span" }, time("from", "from"), "to", time("to", "until"), drop);
  });
  const add = button(`Add hours on ${day}`, () => {
    week[at]!.push(spans.length ? { from: "", to: "" } : { from: "09:00", to: "17:00" });
    write();
    redraw(at, "Added");
  }, "add");
  const words = el("span", { class: "sy-day", id: freshId("day") }, day);
  const off = spans.length ? [] : [el("span", { class: "sy-note" }, "-")];
  return el("div", { role: "group", "aria-labelledby": words.id, class: "sy-dayrow" }, words, el("div", { class: "sy-spans" }, ...spans, ...off, add));
};

enhanceAll<HTMLTextAreaElement>("textarea[data-enhance=lines]", (field) => void enhanceLines(field));
enhanceAll<HTMLTextAreaElement>("textarea[data-enhance=choice]", (field) => void enhanceChoice(field));
enhanceAll<HTMLTextAreaElement>("textarea[data-enhance=hours]", enhanceHours);
enhanceAll<HTMLSelectElement>("select[data-enhance=select]", enhanceSelect);
