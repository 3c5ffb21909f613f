// A field's controls in the markup: what they hold, where its errors go, and what takes the focus.

import { numberFromText } from "./check";
import type { Combobox } from "./combobox";
import type { Field, Logic } from "./logic";
import { part } from "./part";

type Input = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export interface Item {
  field: Field;
  /** Index of its step. */
  step: number;
  box: HTMLElement;
  inputs: Input[];
  /** What takes the focus. */
  first: HTMLElement;
  /** What carries `aria-invalid`. */
  marked: HTMLElement;
  error: HTMLElement | null;
  label: string;
  combo?: Combobox | undefined;
}

const isTicked = (input: Input) => (input as HTMLInputElement).checked;
const isTick = (input: Input) => input.type === "radio" || input.type === "checkbox";

/** A number without country code takes that of the country chosen beside it. */
const phone = (inputs: Input[]) => {
  const number = inputs.at(-1)!.value.trim().replace(/^00/, "+");
  const dial = inputs[1] && (inputs[0] as HTMLSelectElement).selectedOptions[0]?.dataset["dial"];
  return number && dial && number[0] !== "+" ? `+${dial} ${number}` : number;
};

/** What is answered, as the server takes it; "" or nothing where it is blank. */
export const rawValue = ({ field, inputs }: Item): unknown => {
  const input = inputs[0]!;
  const typed = (value: string | undefined) => (field.numeric && value ? +value : value);
  switch (field.type) {
    case "checkbox":
    case "consent":
      return isTicked(input);
    case "checkboxes":
      return inputs.filter(isTicked).map((each) => each.value);
    case "radio":
      return typed(inputs.find(isTicked)?.value);
    case "number":
      return input.value && numberFromText(input.value);
    case "tel":
      return phone(inputs);
  }
  return typed(input.value);
};

export const snapshot = ({ inputs }: Item): string[] =>
  inputs.filter((input) => !isTick(input) || isTicked(input)).map((input) => input.value);

export const restore = ({ inputs, combo }: Item, values: string[]): void => {
  inputs.forEach((input, i) => {
    if (isTick(input)) (input as HTMLInputElement).checked = values.includes(input.value);
    else setValue(input, values[i] ?? "");
  });
  combo?.sync();
};

/** A select that has no such option shows its blank one. */
export const setValue = (input: Input, value: string): void => {
  input.value = value;
  if (input instanceof HTMLSelectElement && input.selectedIndex < 0) input.selectedIndex = 0;
};

const labelOf = (box: Element): string => {
  const label = box.querySelector("legend, label")?.cloneNode(true) as Element | undefined;
  label?.querySelector(".optional")?.remove();
  return label?.textContent?.trim() ?? "";
};

/** A searchable select works as it is until its script has come, and stays so if it doesn't. */
const makeSearchable = async (item: Item, logic: Logic) => {
  const select = item.box.querySelector<HTMLSelectElement>("select[data-search]");
  if (!select) return;
  const { combobox } = await part<typeof import("./combobox")>("combobox.js");
  item.combo = combobox(select, logic.words);
  item.first = item.marked = item.combo.input;
};

/** All shown fields by key. */
export const findItems = (form: HTMLFormElement, logic: Logic): Map<string, Item> => {
  const items = new Map<string, Item>();
  logic.steps.forEach((step, index) => {
    for (const field of [...step.fields, ...(step.further ?? [])]) {
      const box = form.querySelector<HTMLElement>(`[data-field="${field.key}"]`);
      if (!box) continue;
      const label = labelOf(box);
      const inputs = [...box.querySelectorAll<Input>("[name]")];
      // A group is entered at its first choice, a phone number beside its country.
      const first = inputs.at(field.type === "tel" ? -1 : 0) ?? box;
      const item: Item = {
        field,
        step: index,
        box,
        inputs,
        first,
        marked: box.querySelector("fieldset") ?? first,
        error: box.querySelector(".error"),
        label,
      };
      items.set(field.key, item);
      makeSearchable(item, logic).catch(() => {});
    }
  });
  return items;
};
