// Which steps come and which fields are visible: one pass over the form with the answers so far
// (docs/form-protocol.md, "The walk"). The server's counterpart is forms_engine/answers.py; both are held to the same
// cases and to each other.

import { clean, type Outcome } from "./check";
import { matches, type Json } from "./conditions";
import type { Context, Field, Logic, Source, Value, Values } from "./logic";

/**
 * `visible` are keys of fields, `path` indexes of the steps on the path; `steps` those of them that have something to
 * show. `wrong` are the refused answers. `gate` is the ending that the last step of the path leads to, without a
 * submission.
 */
export interface Walk {
  answers: Values;
  visible: Set<string>;
  path: number[];
  steps: number[];
  wrong: Map<string, Outcome["refused"] & {}>;
  gate?: string;
}

/** Known answers by field key; null where the value is none of the browser's business. */
export type Known = { [key: string]: unknown };

const LONGEST_HIDDEN = 500;

/** Where the context holds what the source names. */
const fromContext = ({ constant, referrer, ...named }: Source, context: Context): Json | undefined => {
  if (constant !== undefined) return constant;
  if (referrer) return context["referrer"];
  const [kind, name] = Object.entries(named)[0] ?? ["", ""];
  const group = context[kind] ?? context[`${kind}s`];
  return (group as { [name: string]: Json } | undefined)?.[name as string];
};

const hiddenValue = (source: Source, context: Context): Value | undefined => {
  const value = fromContext(source, context);
  if (typeof value == "string") return clean(value, LONGEST_HIDDEN).value;
  return source.constant;
};

/** `read` gives a field's answer as checked. */
export const walk = (logic: Logic, read: (field: Field) => Outcome, known: Known, context: Context): Walk => {
  const found: Walk = { answers: {}, visible: new Set(), path: [], steps: [], wrong: new Map() };
  const { answers } = found;
  const regions = logic.countries_with_regions ?? "";
  const holds = (condition: Field["when"]) => !condition || matches(condition, answers as { [key: string]: Json });
  const keep = (key: string, value: Value | undefined) => {
    if (value !== undefined) answers[key] = value;
  };
  const isAsked = (field: Field) =>
    holds(field.when) &&
    (field.type !== "region" || (!!answers[field.country!] && regions.includes(answers[field.country!] as string)));

  let target: string | undefined;
  logic.steps.forEach((step, index) => {
    if (found.gate) return;
    const isReached = !target || target === step.key;
    if (isReached) target = undefined;
    const isOnPath = isReached && holds(step.when);
    let freed = 0;
    const see = (field: Field, isFurther: boolean) => {
      if (field.type === "hidden") return keep(field.key, hiddenValue(field.source!, context));
      if (!isOnPath || !isAsked(field)) return;
      if (field.once && field.key in known) {
        if (!isFurther) freed++;
        return keep(field.key, (known[field.key] as Value | null) ?? undefined);
      }
      if (isFurther && freed-- <= 0) return;
      found.visible.add(field.key);
      if (field.type === "statement") return;
      const { value, refused } = read(field);
      if (refused) found.wrong.set(field.key, refused);
      else keep(field.key, value);
    };
    const before = found.visible.size;
    for (const field of step.fields) see(field, false);
    for (const field of step.further ?? []) see(field, true);
    if (!isOnPath) return;
    found.path.push(index);
    if (found.visible.size > before) found.steps.push(index);
    const gate = step.gates?.find(([condition]) => holds(condition));
    if (gate) found.gate = gate[1];
    target = step.jumps?.find(([condition]) => holds(condition))?.[1];
  });
  return found;
};
