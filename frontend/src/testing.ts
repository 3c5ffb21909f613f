// What the tests call from Python, by name (tests/frontend/engine.py). Arguments and answers are JSON.

import { check } from "./check";
import { matches } from "./conditions";
import type { Context, Logic } from "./logic";
import { digest, solve } from "./proof";
import { walk, type Known } from "./walk";
import { readPasted } from "./workbench/pasted";
import { partAt, readTree, writeTree, type Group } from "./workbench/tree";
import type { Vocabulary } from "./workbench/vocabulary";
import { readWeek, writeWeek } from "./workbench/week";

/** What one filling comes to: `raw` by field key, as the controls hold it. */
interface Filled {
  raw: { [key: string]: unknown };
  known?: Known;
  context?: Context;
  today: string;
}

const walked = (logic: Logic, { raw, known = {}, context = {}, today }: Filled) => {
  const found = walk(logic, (field) => check(field, raw[field.key], today), known, context);
  return {
    path: found.path,
    steps: found.steps,
    visible: [...found.visible],
    answers: found.answers,
    gate: found.gate ?? "",
    codes: Object.fromEntries([...found.wrong].map(([key, refusal]) => [key, refusal.code])),
  };
};

/** By the way to the part from the root: "0.1" is the second part of the first one. */
const placeOf = (root: Group, vocabulary: Vocabulary, path: string) => {
  const wanted = partAt(writeTree(root, vocabulary).paths, path);
  const find = (group: Group, at: string): string | undefined => {
    for (const [i, part] of group.parts.entries()) {
      const here = at ? `${at}.${i}` : `${i}`;
      const found = part == wanted ? here : part.kind == "group" ? find(part, here) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return wanted == root ? "" : find(root, "");
};

// The arguments come from outside, so only the function itself knows their types.
export const functions: { [name: string]: (...values: any[]) => unknown } = {
  matches,
  walk: walked,
  check,
  digest: (text: string) => [...digest(text)].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(""),
  solve,
  readTree,
  writeTree: (root: Group, vocabulary: Vocabulary) => writeTree(root, vocabulary).document,
  placeOf,
  readPasted,
  rewriteWeek: (text: string) => {
    const week = readWeek(text);
    return week ? writeWeek(week) : null;
  },
};
