// What the tests call from Python, by name (tests/frontend/engine.py). Arguments and answers are JSON.

import { check } from "./check";
import { matches } from "./conditions";
import type { Context, Logic } from "./logic";
import { digest, solve } from "./proof";
import { walk, type Known } from "./walk";

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

// The arguments come from outside, so only the function itself knows their types.
export const functions: { [name: string]: (...values: any[]) => unknown } = {
  matches,
  walk: walked,
  check,
  digest: (text: string) => [...digest(text)].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(""),
  solve,
};
