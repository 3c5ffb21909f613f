// The value of a row: one field, two, a list, or none, as its operator takes it.

import type { Json } from "../conditions";
import { el } from "./dom";
import { many, type Many } from "./many";
import { picker } from "./picker";
import { operatorNamed, type Row } from "./tree";
import type { Attribute, Choice } from "./vocabulary";

/** What a row holds while it is edited: texts as typed, and a list with what was kept aside. */
export interface Editing {
  texts: string[];
  many: Many;
}

const LITERAL = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false)$/;

/** For attributes of no known type: numbers and yes or no are written as they are, a text that looks so in quotes. */
export const literalText = (value: Json): string =>
  typeof value == "string" && !LITERAL.test(value) && value[0] != '"' ? value : JSON.stringify(value);

export const literalOf = (text: string): Json => {
  if (!LITERAL.test(text) && text[0] != '"') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

/** “1,000,000”, “1 000” and “1.5” are numbers; undefined where it is none. */
export const numberOf = (text: string): number | undefined => {
  const bare = text.trim().replace(/(?<=\d)[,\s_](?=\d{3}(?!\d))/g, "");
  const number = Number(bare);
  return bare && /^[-+]?[\d.]+$/.test(bare) && Number.isFinite(number) ? number : undefined;
};

const textOf = (attribute: Attribute, value: Json): string =>
  attribute.type == "any" ? literalText(value) : typeof value == "string" ? value : value === null ? "" : String(value);

/** Undefined where the text is no value of the attribute. */
const valueOf = (attribute: Attribute, text: string): Json | undefined => {
  if (attribute.type == "number") return numberOf(text);
  if (attribute.type == "any") return text.trim() ? literalOf(text.trim()) : undefined;
  return text.trim() ? text : undefined;
};

export const editingOf = (attribute: Attribute | undefined, row: Row): Editing => {
  const takes = attribute && row.operator ? operatorNamed(row.operator).takes : "nothing";
  const list = Array.isArray(row.value) ? row.value : [];
  const said = (value: Json) => (attribute && takes != "text" ? textOf(attribute, value) : `${value ?? ""}`);
  return {
    texts: (takes == "range" ? list : [row.value]).map((each) => (each === null ? "" : said(each))),
    many: { values: takes == "many" ? list.map(said) : [], aside: [] },
  };
};

/** The value that stands for what was typed; a text says what is wrong with it. */
export const readValue = (attribute: Attribute, row: Row, { texts, many: list }: Editing): { value: Json } | string => {
  const takes = operatorNamed(row.operator).takes;
  if (takes == "nothing") return { value: null };
  if (takes == "many") return readMany(attribute, list);
  if (takes == "range") return readRange(texts);
  const [text = ""] = texts;
  if (takes == "text") return text ? { value: text } : "Enter a text.";
  if (takes == "count") return /^\d{1,6}$/.test(text.trim()) ? { value: Number(text) } : "Enter a whole number.";
  if (attribute.type == "boolean") return text ? { value: text == "true" } : "Choose yes or no.";
  const value = valueOf(attribute, text);
  if (value !== undefined) return { value };
  return attribute.type == "number" ? "Enter a number." : attribute.choices ? "Choose a value." : "Enter a value.";
};

const readMany = (attribute: Attribute, list: Many): { value: Json } | string => {
  if (list.aside.length) return "Some pasted values are not known: write them otherwise, or leave them out.";
  if (!list.values.length) return "Choose at least one value.";
  return { value: list.values.map((text) => valueOf(attribute, text) ?? text) };
};

const readRange = ([low = "", high = ""]: string[]): { value: Json } | string => {
  const bounds = [numberOf(low), numberOf(high)];
  if (bounds.includes(undefined)) return "Enter both numbers.";
  if (bounds[1]! < bounds[0]!) return "The second number is less than the first.";
  return { value: bounds as number[] };
};

export interface ValueOptions {
  attribute: Attribute;
  row: Row;
  editing: Editing;
  changed: () => void;
  say: (text: string) => void;
}

const YES_OR_NO: Choice[] = [
  ["true", "Yes"],
  ["false", "No"],
];

/** The fields; the first is where the focus goes. */
export const valueFields = (options: ValueOptions): HTMLElement[] => {
  const { attribute, row, editing } = options;
  const label = `${attribute.label} ${operatorNamed(row.operator).words}`;
  switch (operatorNamed(row.operator).takes) {
    case "nothing":
      return [];
    case "range":
      return [textField(options, `${label}: from`, 0), el("span", {}, "to"), textField(options, `${label}: to`, 1)];
    case "many":
      return [
        many({
          label,
          choices: () => attribute.choices,
          state: editing.many,
          changed: options.changed,
          say: options.say,
          ...(attribute.type == "number" && { fits: (text: string) => numberOf(text) !== undefined }),
        }),
      ];
    case "one":
      if (attribute.type == "boolean") return [chosenField(options, label, YES_OR_NO)];
      if (attribute.choices) return [chosenField(options, label, attribute.choices)];
  }
  return [textField(options, label, 0)];
};

const textField = ({ attribute, row, editing, changed }: ValueOptions, label: string, at: number) => {
  const takes = operatorNamed(row.operator).takes;
  const isNumber = takes == "count" || (attribute.type == "number" && takes != "text");
  const input = el("input", {
    type: "text",
    class: isNumber ? "sy-input sy-number" : "sy-input",
    "aria-label": label,
    inputmode: isNumber ? "decimal" : undefined,
    autocomplete: "off",
    spellcheck: "false",
    value: editing.texts[at] ?? "",
  });
  input.addEventListener("input", () => {
    editing.texts[at] = input.value;
    changed();
  });
  // Enter in a row must not save the whole form by chance.
  input.addEventListener("keydown", (event) => event.key == "Enter" && event.preventDefault());
  return input;
};

const chosenField = ({ editing, changed }: ValueOptions, label: string, choices: Choice[]) =>
  picker({
    label,
    placeholder: "Search",
    choices: () => choices,
    isChosen: (value) => editing.texts[0] == value,
    choose: (value) => {
      editing.texts[0] = value;
      changed();
    },
    shown: () => choices.find(([value]) => value == editing.texts[0])?.[1] ?? editing.texts[0] ?? "",
  }).element;
