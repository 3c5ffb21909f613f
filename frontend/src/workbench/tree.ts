// A condition as the builder shows it, and the document it stands for. The document is the truth.
//
// `readTree` turns any document into a tree of the same meaning; what has no row of its own becomes a `raw` part, which
// keeps its piece of the document untouched. `writeTree` is the way back, with the path of each part's piece, so that
// what the server refuses is told at the row concerned. Reading what was written gives the same tree.

import type { Document, Json } from "../conditions";
import { attributeNamed, type Attribute, type AttributeType, type Vocabulary } from "./vocabulary";

export type Mode = "all" | "any" | "none";

export interface Group {
  kind: "group";
  mode: Mode;
  parts: Part[];
}

/** `value` fits the operator: a text, a number, a list, a pair, or null where none is asked for. `guarded`: the value
 * must be known besides, without which an order comparison would take a missing one for 0. */
export interface Row {
  kind: "row";
  attribute: string;
  operator: string;
  value: Json;
  guarded: boolean;
}

/** A piece that the builder has no row for. */
export interface Raw {
  kind: "raw";
  document: Document;
}

export type Part = Group | Row | Raw;

/** What stands in a row's value: nothing, one value, a list of values, two bounds, a text that is no value of the
 * attribute (a part of it, a pattern), or a count. */
export type Takes = "nothing" | "one" | "many" | "range" | "text" | "count";

export interface Operator {
  name: string;
  words: string;
  takes: Takes;
  types: (AttributeType | "any")[];
  /** Only for attributes without a list of choices. */
  open?: boolean;
  ordered?: boolean;
  write(value: Json): Document;
}

const TEXT: (AttributeType | "any")[] = ["string", "any"];
const NUMBER: (AttributeType | "any")[] = ["number", "any"];
const SINGLE: (AttributeType | "any")[] = ["string", "number", "any"];
const ALL: (AttributeType | "any")[] = ["string", "number", "boolean", "list", "any"];

const test = (operator: string) => (value: Json) => ({ [operator]: value });

/** Signs that mean something in a pattern. */
const NEEDS_ESCAPE = /[\\^$.|?*+()[\]{}]/g;
const escaped = (text: string) => text.replace(NEEDS_ESCAPE, "\\$&");

/** The text that a pattern looks for literally; undefined where it is more than that. */
const literalOf = (pattern: string): string | undefined => {
  const text = pattern.replace(/\\([^A-Za-z0-9_\s])/g, "$1");
  return text && escaped(text) == pattern ? text : undefined;
};

/** The first text after all that begin with this one, in the order of UTF-16 units that texts are compared by;
 * undefined beside a surrogate, where a text's last unit can't be counted up. */
export const justAfter = (prefix: string): string | undefined => {
  const unit = prefix.charCodeAt(prefix.length - 1);
  return unit < 0xd7ff ? prefix.slice(0, -1) + String.fromCharCode(unit + 1) : undefined;
};

// In the order in which they are offered.
export const OPERATORS: Operator[] = [
  { name: "is", words: "is", takes: "one", types: [...SINGLE, "boolean"], write: test("$eq") },
  { name: "is_not", words: "is not", takes: "one", types: [...SINGLE, "boolean"], write: test("$ne") },
  { name: "in", words: "is one of", takes: "many", types: SINGLE, write: test("$in") },
  { name: "not_in", words: "is none of", takes: "many", types: SINGLE, write: test("$nin") },
  { name: "has_any", words: "has any of", takes: "many", types: ["list"], write: test("$in") },
  { name: "has_all", words: "has all of", takes: "many", types: ["list"], write: test("$all") },
  { name: "has_none", words: "has none of", takes: "many", types: ["list"], write: test("$nin") },
  { name: "count", words: "has so many entries:", takes: "count", types: ["list"], write: test("$size") },
  {
    name: "starts",
    words: "starts with",
    takes: "text",
    types: TEXT,
    open: true,
    ordered: true,
    write: (value): Document => {
      const after = justAfter(value as string);
      return after === undefined ? { $regex: `^${escaped(value as string)}` } : { $gte: value, $lt: after };
    },
  },
  {
    name: "contains",
    words: "contains",
    takes: "text",
    types: TEXT,
    open: true,
    write: (value) => ({ $regexi: escaped(value as string) }),
  },
  {
    name: "contains_not",
    words: "does not contain",
    takes: "text",
    types: TEXT,
    open: true,
    write: (value) => ({ $notRegexi: escaped(value as string) }),
  },
  {
    name: "ends",
    words: "ends with",
    takes: "text",
    types: TEXT,
    open: true,
    write: (value) => ({ $regexi: `${escaped(value as string)}$` }),
  },
  { name: "at_least", words: "is at least", takes: "one", types: SINGLE, open: true, ordered: true, write: test("$gte") },
  { name: "at_most", words: "is at most", takes: "one", types: SINGLE, open: true, ordered: true, write: test("$lte") },
  { name: "more", words: "is more than", takes: "one", types: SINGLE, open: true, ordered: true, write: test("$gt") },
  { name: "less", words: "is less than", takes: "one", types: SINGLE, open: true, ordered: true, write: test("$lt") },
  {
    name: "between",
    words: "is from … to …",
    takes: "range",
    types: NUMBER,
    ordered: true,
    write: (value) => ({ $gte: (value as Json[])[0]!, $lte: (value as Json[])[1]! }),
  },
  { name: "known", words: "is known", takes: "nothing", types: ALL, write: () => ({ $exists: true }) },
  { name: "unknown", words: "is not known", takes: "nothing", types: ALL, write: () => ({ $exists: false }) },
  {
    name: "in_any_case",
    words: "is one of, in capitals or not",
    takes: "many",
    types: ["string", "any"],
    open: true,
    write: test("$ini"),
  },
  {
    name: "not_in_any_case",
    words: "is none of, in capitals or not",
    takes: "many",
    types: ["string", "any"],
    open: true,
    write: test("$nini"),
  },
  { name: "pattern", words: "matches the pattern", takes: "text", types: TEXT, open: true, write: test("$regex") },
  {
    name: "pattern_not",
    words: "does not match the pattern",
    takes: "text",
    types: TEXT,
    open: true,
    write: test("$notRegex"),
  },
];

const BY_NAME = new Map(OPERATORS.map((operator) => [operator.name, operator]));

export const operatorNamed = (name: string) => BY_NAME.get(name)!;

export const operatorsFor = (attribute: Attribute): Operator[] =>
  OPERATORS.filter((each) => each.types.includes(attribute.type) && !(each.open && (attribute.choices || attribute.far)));

const isObject = (value: Json | undefined): value is Document =>
  !!value && typeof value == "object" && !Array.isArray(value);

const isScalar = (value: Json | undefined): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

const isOperators = (value: Json): value is Document =>
  isObject(value) && Object.keys(value).length > 0 && Object.keys(value).every((key) => key[0] == "$");

const MODES: { [key: string]: Mode } = { $and: "all", $or: "any", $nor: "none" };
const KEYS: { [mode in Mode]: string } = { all: "$and", any: "$or", none: "$nor" };

// Reading

/** The tree of a whole document: a group. */
export const readTree = (document: Document, vocabulary: Vocabulary): Group => {
  const parts = readParts(document, vocabulary);
  const [only] = parts;
  return only?.kind == "group" && parts.length == 1 ? only : { kind: "group", mode: "all", parts };
};

/** All of these hold where the document does. */
const readParts = (document: Document, vocabulary: Vocabulary): Part[] =>
  Object.entries(document).flatMap(([key, value]) => readEntry(key, value, vocabulary));

const readEntry = (key: string, value: Json, vocabulary: Vocabulary): Part[] => {
  if (key == "$not" && isObject(value)) return [{ kind: "group", mode: "none", parts: [readPart(value, vocabulary)] }];
  const mode = MODES[key];
  if (mode && Array.isArray(value) && value.every(isObject)) {
    return [{ kind: "group", mode, parts: (value as Document[]).map((each) => readPart(each, vocabulary)) }];
  }
  return (key[0] != "$" && readRows(key, value, vocabulary)) || [{ kind: "raw", document: { [key]: value } }];
};

/** A part that stands for the whole document. */
const readPart = (document: Document, vocabulary: Vocabulary): Part => {
  const parts = readParts(document, vocabulary);
  return parts.length == 1 ? parts[0]! : { kind: "group", mode: "all", parts };
};

/** The rows that ask of an attribute what its test does; undefined where some of it has none. */
const readRows = (name: string, test: Json, vocabulary: Vocabulary): Row[] | undefined => {
  const attribute = attributeNamed(vocabulary, name);
  if (!attribute) return undefined;
  const pending: Document = isOperators(test) ? { ...test } : { $eq: test };
  const isGuarded = pending["$exists"] === true;
  const rows: (Row | undefined)[] = [];
  const row = (operator: string, given: Json, guarded = false) => {
    const value = Array.isArray(given) && operatorNamed(operator).takes == "many" ? [...new Set(given)] : given;
    const fits = operatorsFor(attribute).some((each) => each.name == operator) && fitsValue(attribute, operator, value);
    rows.push(fits ? { kind: "row", attribute: name, operator, value, guarded } : undefined);
  };
  const guarded = isGuarded || mustGuard(attribute, vocabulary);
  const { $gte, $lt, $lte } = pending;
  if (typeof $gte == "string" && $gte && typeof $lt == "string" && justAfter($gte) === $lt && $lte === undefined) {
    row("starts", $gte, guarded);
    delete pending["$gte"], delete pending["$lt"];
  } else if (typeof $gte == "number" && typeof $lte == "number") {
    row("between", [$gte, $lte], guarded);
    delete pending["$gte"], delete pending["$lte"];
  }
  for (const [operator, value] of Object.entries(pending)) {
    if (operator == "$exists") continue;
    const [found, operand] = readTest(attribute, operator, value);
    if (!found) return undefined;
    row(found, operand, !!operatorNamed(found).ordered && guarded);
  }
  // A value that is compared by order is known anyway; beside anything else, that it must be is said.
  const isSaid = rows.some((each) => each && operatorNamed(each.operator).ordered);
  if (pending["$exists"] !== undefined && !(isGuarded && isSaid)) {
    if (typeof pending["$exists"] != "boolean") return undefined;
    rows.unshift({
      kind: "row",
      attribute: name,
      operator: pending["$exists"] ? "known" : "unknown",
      value: null,
      guarded: false,
    });
  }
  return rows.includes(undefined) ? undefined : (rows as Row[]);
};

const SIMPLE: { [operator: string]: string } = {
  $eq: "is",
  $ne: "is_not",
  $in: "in",
  $nin: "not_in",
  $ini: "in_any_case",
  $nini: "not_in_any_case",
  $gte: "at_least",
  $lte: "at_most",
  $gt: "more",
  $lt: "less",
};
const OF_LISTS: { [operator: string]: string } = { $in: "has_any", $nin: "has_none", $all: "has_all", $size: "count" };

const readTest = (attribute: Attribute, operator: string, value: Json): [string | undefined, Json] => {
  if (attribute.type == "list") return [OF_LISTS[operator], value];
  if (/regex/i.test(operator)) return typeof value == "string" ? readPattern(operator, value) : [undefined, null];
  return [SIMPLE[operator], value];
};

const readPattern = (operator: string, pattern: string): [string | undefined, Json] => {
  const literal = literalOf(pattern);
  const end = pattern.endsWith("$") ? literalOf(pattern.slice(0, -1)) : undefined;
  const start = pattern.startsWith("^") ? literalOf(pattern.slice(1)) : undefined;
  switch (operator) {
    case "$regexi":
      return literal ? ["contains", literal] : end ? ["ends", end] : [undefined, null];
    case "$notRegexi":
      return literal ? ["contains_not", literal] : [undefined, null];
    case "$regex":
      return start && justAfter(start) === undefined ? ["starts", start] : ["pattern", pattern];
    case "$notRegex":
      return ["pattern_not", pattern];
  }
  return [undefined, null];
};

const mustGuard = (attribute: Attribute, vocabulary: Vocabulary) => !vocabulary.open && !attribute.required;

const fitsValue = (attribute: Attribute, operator: string, value: Json): boolean => {
  const fits = (each: Json) => isScalar(each) && fitsType(attribute, each);
  switch (operatorNamed(operator).takes) {
    case "one":
      return fits(value);
    case "many":
      return Array.isArray(value) && value.length > 0 && value.every(fits);
    case "text":
      return typeof value == "string" && value != "";
    case "count":
      return Number.isInteger(value) && (value as number) >= 0;
  }
  return true;
};

const fitsType = (attribute: Attribute, value: string | number | boolean) =>
  attribute.type == "any" || typeof value == (attribute.type == "list" ? "string" : attribute.type);

// Writing

/** Where each part's piece of the document is, as the server names it: `$and[1].employees`. */
export type Paths = Map<Part, string>;

export interface Written {
  document: Document;
  paths: Paths;
}

export const writeTree = (root: Group, vocabulary: Vocabulary): Written => {
  const paths: Paths = new Map();
  const [only] = root.parts;
  const isPlain = root.mode == "all" && (!only || (root.parts.length == 1 && only.kind == "row"));
  if (!isPlain) return { document: writePart(root, "", paths, vocabulary), paths };
  paths.set(root, "");
  return { document: only ? writePart(only, "", paths, vocabulary) : {}, paths };
};

const writePart = (part: Part, path: string, paths: Paths, vocabulary: Vocabulary): Document => {
  const at = (step: string) => (path ? `${path}.${step}` : step);
  if (part.kind == "raw") {
    paths.set(part, path);
    return part.document;
  }
  if (part.kind == "row") {
    paths.set(part, at(part.attribute));
    return { [part.attribute]: writeRow(part, vocabulary) };
  }
  const key = KEYS[part.mode];
  paths.set(part, at(key));
  return { [key]: part.parts.map((each, i) => writePart(each, `${at(key)}[${i}]`, paths, vocabulary)) };
};

const writeRow = (row: Row, vocabulary: Vocabulary): Json => {
  const operator = operatorNamed(row.operator);
  const attribute = attributeNamed(vocabulary, row.attribute);
  const test = operator.write(row.value);
  const isGuarded = operator.ordered && (row.guarded || (!!attribute && mustGuard(attribute, vocabulary)));
  if (isGuarded) return { $exists: true, ...test };
  return row.operator == "is" ? row.value : test;
};

/** The innermost part whose piece holds this path. */
export const partAt = (paths: Paths, path: string): Part | undefined => {
  let found: Part | undefined;
  let length = -1;
  for (const [part, begin] of paths) {
    const isWithin = path.startsWith(begin) && /^$|^[.[]/.test(begin ? path.slice(begin.length) : "");
    if (isWithin && begin.length > length) [found, length] = [part, begin.length];
  }
  return found;
};
