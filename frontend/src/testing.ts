// What the tests call from Python, by name (tests/frontend/engine.py). Arguments and answers are JSON.

import { matches } from "./conditions";

// The arguments come from outside, so only the function itself knows their types.
export const functions: { [name: string]: (...values: any[]) => unknown } = {
  matches,
};
