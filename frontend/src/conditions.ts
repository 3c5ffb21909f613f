// Evaluates condition documents as the server does (the Python package `conditions`); docs/conditions.md describes the
// language. The server has checked every document, so nothing is refused here: what can't be understood never holds.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Document = { [key: string]: Json };
export type Attributes = { [key: string]: Json | undefined };

type Test = (value: Json, operand: Json) => boolean;

const isList = Array.isArray;

const isObject = (value: Json): value is Document => !!value && typeof value == "object" && !isList(value);

const typeOf = (value: Json) => (value === null ? "null" : isList(value) ? "array" : typeof value);

/** The value at a dotted path; null where a step is missing or leads into something else than an object. */
const valueAt = (attributes: Attributes, path: string): Json =>
  path
    .split(".")
    .reduce<Json>(
      (value, step) => (isObject(value) && Object.hasOwn(value, step) ? (value[step] ?? null) : null),
      attributes as Document,
    );

const equal = (left: Json, right: Json): boolean => {
  if (isList(left) && isList(right)) {
    return left.length == right.length && left.every((item, i) => equal(item, right[i]!));
  }
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left);
    return (
      keys.length == Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equal(left[key]!, right[key]!))
    );
  }
  return left === right;
};

/** Not String(value), which asks an object's own members. */
const textOf = (value: Json): string =>
  isList(value)
    ? value.map((item) => (item === null ? "" : textOf(item))).join()
    : isObject(value)
      ? "[object Object]"
      : `${value}`;

/** For JavaScript's own order: texts as texts, everything else as numbers, null as 0. */
const ordered = (value: Json) => (typeof value == "object" && value ? textOf(value) : value) as number;

const fold = (value: Json) => (typeof value == "string" ? value.toLowerCase() : value);

const foldAll = (value: Json) => (isList(value) ? value.map(fold) : fold(value));

/** A list value counts where any of its items does. */
const isOneOf = (value: Json, list: Json[]) => (isList(value) ? value : [value]).some((item) => list.includes(item));

const hasAll: Test = (value, tests) =>
  isList(value) && isList(tests) && tests.every((test) => value.some((item) => holds(item, test)));

/** How GrowthBook publishes it: parts padded so that comparing texts compares versions; a release follows its "-rc". */
const version = (value: Json) => {
  const parts = ((typeof value == "string" || typeof value == "number" ? `${value}` : "") || "0")
    .replace(/^v|\+[^\n]*$/g, "")
    .split(/[-.]/);
  if (parts.length == 3) parts.push("~");
  return parts.map((part) => (/^\d+$/.test(part) ? part.padStart(5) : part)).join("-");
};

/** The same pattern for RegExp as RE2 reads it: another `.`, another `\s`, and any sign may be escaped. */
export const translated = (pattern: string) => {
  let inClass = false;
  return pattern.replace(/\\?./gsu, (token) => {
    if (token == "[") inClass = true;
    if (token == "]") inClass = false;
    if (token == "." && !inClass) return "[^\\n]";
    if (token == "\\s") return inClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]";
    if (token == "\\S") return "[^\\t\\n\\f\\r ]";
    return /\\\W/.test(token) ? `\\u{${token.charCodeAt(1).toString(16)}}` : token;
  });
};

/** A pattern that can't be compiled never holds, negated or not. */
const found = (value: Json, pattern: Json, flags: string, negated: boolean) => {
  try {
    const expression = new RegExp(translated(pattern as string), flags);
    if (value === null) return negated;
    return expression.test([...textOf(value)].slice(0, 10000).join("")) != negated;
  } catch {
    return false;
  }
};

const TESTS: { [operator: string]: Test } = {
  $eq: equal,
  $ne: (value, operand) => !equal(value, operand),
  $lt: (value, operand) => ordered(value) < ordered(operand),
  $lte: (value, operand) => ordered(value) <= ordered(operand),
  $gt: (value, operand) => ordered(value) > ordered(operand),
  $gte: (value, operand) => ordered(value) >= ordered(operand),
  $in: (value, list) => isList(list) && isOneOf(value, list),
  $nin: (value, list) => isList(list) && !isOneOf(value, list),
  $ini: (value, list) => isList(list) && isOneOf(foldAll(value), list.map(fold)),
  $nini: (value, list) => isList(list) && !isOneOf(foldAll(value), list.map(fold)),
  $all: hasAll,
  $alli: (value, tests) => hasAll(foldAll(value), foldAll(tests)),
  $exists: (value, expected) => (value !== null) == !!expected,
  $type: (value, expected) => typeOf(value) === expected,
  $size: (value, test) => isList(value) && holds(value.length, test),
  $elemMatch: (value, test) =>
    isList(value) &&
    isObject(test) &&
    value.some((item) => (isOperators(test) ? holds(item, test) : matches(test, item as Attributes))),
  $regex: (value, pattern) => found(value, pattern, "u", false),
  $regexi: (value, pattern) => found(value, pattern, "iu", false),
  $notRegex: (value, pattern) => found(value, pattern, "u", true),
  $notRegexi: (value, pattern) => found(value, pattern, "iu", true),
  $veq: (value, operand) => version(value) == version(operand),
  $vne: (value, operand) => version(value) != version(operand),
  $vlt: (value, operand) => version(value) < version(operand),
  $vlte: (value, operand) => version(value) <= version(operand),
  $vgt: (value, operand) => version(value) > version(operand),
  $vgte: (value, operand) => version(value) >= version(operand),
  $not: (value, test) => !holds(value, test),
  // No page knows a saved group, and an unknown group is empty.
  $notInGroup: () => true,
};

const isOperators = (test: Json): test is Document => {
  const keys = isObject(test) ? Object.keys(test) : [];
  return !!keys.length && keys.every((key) => key[0] == "$");
};

const holds: Test = (value, test) =>
  isOperators(test)
    ? Object.keys(test).every((operator) => !!TESTS[operator]?.(value, test[operator]!))
    : equal(value, test);

const any = (documents: Document[], attributes: Attributes) =>
  !documents.length || documents.some((document) => matches(document, attributes));

/** Whether the condition holds. A value that isn't among the attributes is null. */
export const matches = (document: Document, attributes: Attributes): boolean =>
  Object.entries(document).every(([key, value]) => {
    const documents = value as Document[];
    if (key == "$and") return documents.every((part) => matches(part, attributes));
    if (key == "$or") return any(documents, attributes);
    if (key == "$nor") return !any(documents, attributes);
    if (key == "$not") return !matches(value as Document, attributes);
    return holds(valueAt(attributes, key), value);
  });
