// One answer: is it right as far as a browser can know, and what is it for conditions? The server's counterpart is
// forms_engine/values.py, with the same codes in the same order. Left to the server: which e-mail domains are refused,
// and which phone numbers, countries and regions there are; choices can't be wrong here.

import { translated } from "./conditions";
import type { Field, Refusal, Value } from "./logic";

/** `value` is missing for a blank answer. */
export type Outcome = { value?: Value; refused?: Refusal };

const LONGEST_EMAIL = 254;
const LONGEST_PHONE = 40;
const LARGEST_NUMBER = 1e15;

const isTick = (type: string) => type === "checkbox" || type === "consent";

const isEmail = (type: string) => /email/.test(type);

const blankCode = (type: string) =>
  isTick(type)
    ? "required_tick"
    : isEmail(type)
      ? "required_email"
      : /^(select|radio|checkboxes|country|region)$/.test(type)
        ? "required_choice"
        : "required";

const refuse = (code: string, bounds: object = {}): Outcome => ({ refused: { code, ...bounds } });

type Bounds = { min?: number | string | undefined; max?: number | string | undefined };

/** The codes are those for too little and too much. */
const within = <T extends number | string>(amount: T, value: Value, { min, max }: Bounds, low: string, high: string) =>
  amount < min! ? refuse(low, { min }) : amount > max! ? refuse(high, { max }) : { value };

/** In characters, of which JavaScript counts some twice. */
const lengthOf = (text: string) => [...text].length;

// What Python's strip() takes away.
const EDGES = /^(?:[^\S\ufeff]|[\x1c-\x1f\x85])+|(?:[^\S\ufeff]|[\x1c-\x1f\x85])+$/g;

/** Trimmed, in NFC, with one kind of line end; blank if nothing of it can be seen. */
export const clean = (text: string, max: number, lines?: boolean): Outcome => {
  const value = text.normalize("NFC").replace(/\r\n?/g, "\n").replace(EDGES, "");
  if (/[\p{Cc}\p{Cs}]/u.test(lines ? value.replace(/[\n\t]/g, "") : value)) return refuse("characters");
  if (lengthOf(value) > max) return refuse("too_long", { max });
  return /[^\p{Cf}\p{Z}\p{Cc}\u115f\u1160\u3164\uffa0\u2800]/u.test(value) ? { value } : {};
};

/** A typed number, also with thousands separators or in Arabic digits; a text that is none stays. */
export const numberFromText = (text: string): number | string => {
  const plain = text
    .trim()
    .replace(/[٠-٩۰-۹]/g, (digit) => `${digit.charCodeAt(0) & 15}`)
    .replace(/(\d)[,\u00a0\u202f ](?=\d{3}(\D|$))/g, "$1");
  return /^[+-]?\d{1,18}(\.\d{1,9})?$/.test(plain) ? +plain : text;
};

const number = (field: Field, raw: unknown): Outcome => {
  if (typeof raw != "number") return refuse("not_number");
  const found = within(raw, raw, { min: -LARGEST_NUMBER, max: LARGEST_NUMBER, ...field }, "too_low", "too_high");
  return field.whole && raw % 1 && "value" in found ? refuse("not_whole") : found;
};

const date = ({ min, max }: Field, text: string, today: string): Outcome => {
  const bound = (day?: number | string) => (day === "today" ? today : day);
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toJSON()?.startsWith(text)
    ? within(text, text, { min: bound(min), max: bound(max) }, "date_early", "date_late")
    : refuse("date");
};

const url = (text: string): Outcome => {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const host = /^(https?:\/\/[^\s/?#@:]+\.[^\s/?#@:]+)(:\d{1,5})?([/?#]\S*)?$/i.exec(address)?.[1];
  return host ? { value: host.toLowerCase() + address.slice(host.length) } : refuse("url");
};

const text = (field: Field, value: string, today: string): Outcome => {
  const { type, min_length = 0, pattern } = field;
  // Of e-mail addresses and phone numbers only what can't be one; the server knows the rest.
  if (isEmail(type))
    return /^[^\s@]+@[^\s@]+[.。．｡][^\s@]+$/.test(value) ? { value: value.toLowerCase() } : refuse("email_syntax");
  if (type === "tel") return /([\p{L}\p{N}].*){5}/u.test(value) ? { value } : refuse("phone");
  if (type === "url") return url(value);
  if (type === "date") return date(field, value, today);
  if (lengthOf(value) < min_length) return refuse("too_short", { min: min_length });
  return pattern && !new RegExp(`^(?:${translated(pattern)})$`, "u").test(value) ? refuse("pattern") : { value };
};

const given = (field: Field, raw: unknown, today: string): Outcome => {
  const { type, max_length = type === "tel" ? LONGEST_PHONE : LONGEST_EMAIL } = field;
  if (raw == null || raw === "") return {};
  if (type === "number") return number(field, raw);
  if (Array.isArray(raw)) return raw.length ? within(raw.length, raw, field, "too_few", "too_many") : {};
  if (typeof raw != "string") return { value: raw as Value };
  const found = clean(raw, max_length, type === "textarea");
  return found.value ? text(field, found.value as string, today) : found;
};

/** `raw` is what the control holds, as JSON; `today` an ISO date. */
export const check = (field: Field, raw: unknown, today: string): Outcome => {
  const found = given(field, raw, today);
  if (isTick(field.type)) found.value ??= false;
  return field.required && !found.refused && (found.value ?? false) === false ? refuse(blankCode(field.type)) : found;
};
