// Lists as people have them: pasted from a spreadsheet, one per line or between tabs, commas or semicolons; by code or
// by name. foundation/texts.py reads them in the same way where no script runs.

import type { Choice } from "./vocabulary";

/** `unknown` are kept aside as they were written; `repeated` counts what was there already. */
export interface Pasted {
  values: string[];
  unknown: string[];
  repeated: number;
}

/** As one compares names: without accents, capitals and repeated spaces. */
export const plain = (text: string) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

export const isList = (text: string) => /[\n\r\t;,]/.test(text.trim());

/** Names stand for their value where one value alone has the name. */
const byName = (choices: Choice[]) => {
  const found = new Map<string, string | undefined>();
  for (const [value, label] of choices) {
    const name = plain(label);
    found.set(name, found.has(name) && found.get(name) != value ? undefined : value);
  }
  for (const [value] of choices) found.set(plain(value), value);
  return found;
};

/** Cut at lines and tabs first: a name may hold a comma, as “Bolivia, Plurinational State of” does. */
const entries = (text: string, isKnown: (entry: string) => boolean) =>
  text
    .split(/[\n\r\t]+/)
    .flatMap((line) => (isKnown(line) ? [line] : line.split(";").flatMap((part) => atCommas(part, isKnown))))
    .map((entry) => entry.trim().replace(/^"(.*)"$/, "$1").trim())
    .filter(Boolean);

/** The longest runs of pieces that are known together, each else by itself. */
const atCommas = (text: string, isKnown: (entry: string) => boolean): string[] => {
  const pieces = text.split(",");
  const found: string[] = [];
  for (let i = 0; i < pieces.length; ) {
    let end = Math.min(i + 4, pieces.length);
    while (end > i + 1 && !isKnown(pieces.slice(i, end).join(","))) end--;
    found.push(pieces.slice(i, end).join(","));
    i = end;
  }
  return found;
};

/** `choices` null: any text is a value. */
export const readPasted = (text: string, choices: Choice[] | null, present: string[] = []): Pasted => {
  const known = choices && byName(choices);
  const isKnown = (entry: string) => !!known?.get(plain(entry.trim().replace(/^"(.*)"$/, "$1")));
  const taken = new Set(present);
  const unknown = new Set<string>();
  let repeated = 0;
  for (const entry of entries(text, isKnown)) {
    const value = known ? known.get(plain(entry)) : entry;
    if (value === undefined) unknown.add(entry);
    else if (taken.has(value)) repeated++;
    else taken.add(value);
  }
  return { values: [...taken].slice(new Set(present).size), unknown: [...unknown], repeated };
};

/** “412 pasted, 3 unknown: Germny, …”. */
export const inWords = ({ values, unknown, repeated }: Pasted) => {
  const total = values.length + repeated + unknown.length;
  const said = [`${total} pasted`];
  if (repeated) said.push(`${repeated} repeated`);
  if (unknown.length) said.push(`${unknown.length} unknown: ${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? " …" : ""}`);
  return said.join(", ");
};
