// One answer: is it right as far as a browser can know, and what is it for conditions? The server's counterpart is
// forms_engine/values.py, with the same codes in the same order. Left to the server: which e-mail domains are refused,
// and which phone numbers, countries and regions there are; choices can't be wrong here.

import { translated } from "./conditions";
import type { Field, Refusal, Value } from "./logic";

/** `value` is missing for a blank answer. */
export type Outcome = { value?: Value; refused?: Refusal };

const LONGEST: { [type: string]: number } = { email: 254, work_email: 254, tel: 40, textarea: 5000, url: 1000 };
const LARGEST_NUMBER = 1e15;
const BLANK: { [type: string]: string } = {
  email: "required_email",
  work_email: "required_email",
  checkbox: "required_tick",
  consent: "required_tick",
  select: "required_choice",
  radio: "required_choice",
  checkboxes: "required_choice",
  country: "required_choice",
  region: "required_choice",
};

const isTick = (field: Field) => BLANK[field.type] === "required_tick";

const refuse = (code: string, bounds: object = {}): Outcome => ({ refused: { code, ...bounds } });

/** In characters, of which JavaScript counts some twice. */
const lengthOf = (text: string) => [...text].length;

// What Python's strip() takes away.
const EDGES = /^(?:[^\S\ufeff]|[\x1c-\x1f\x85])+|(?:[^\S\ufeff]|[\x1c-\x1f\x85])+$/g;

/** Trimmed, in NFC, with one kind of line end; blank if nothing of it can be seen. */
export const clean = (text: string, max: number, lines?: boolean): Outcome & { value?: string } => {
  if (text.length > max * 2 + 100 && lengthOf(text) > max * 2 + 100) return refuse("too_long", { max }) as {};
  if (/\p{Cs}/u.test(text)) return refuse("characters") as {};
  const value = text.normalize("NFC").replace(/\r\n?/g, "\n").replace(EDGES, "");
  if ((lines ? /[^\P{Cc}\n\t]/u : /\p{Cc}/u).test(value)) return refuse("characters") as {};
  if (value.length > max && lengthOf(value) > max) return refuse("too_long", { max }) as {};
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
  const { min = -LARGEST_NUMBER, max = LARGEST_NUMBER } = field;
  if (typeof raw != "number") return refuse("not_number");
  if (raw < +min) return refuse("too_low", { min });
  if (raw > +max) return refuse("too_high", { max });
  return field.whole && raw % 1 ? refuse("not_whole") : { value: raw };
};

const date = ({ min, max }: Field, text: string, today: string): Outcome => {
  const [earliest, latest] = [min, max].map((bound) => (bound === "today" ? today : bound)) as string[];
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const found = new Date(Date.UTC(+year!, +month! - 1, +day!));
  if (!year || +year < 1 || found.getUTCMonth() !== +month! - 1 || found.getUTCDate() !== +day!) return refuse("date");
  if (earliest && text < earliest) return refuse("date_early", { min: earliest });
  if (latest && text > latest) return refuse("date_late", { max: latest });
  return { value: text };
};

// Scheme, host of at least two labels without user or password, port, and anything without spaces.
const LABEL = "[^\\s/?#@:.,;!\"'<>()\\[\\]{}|\\\\^`%&=+*$~]+";
const ADDRESS = new RegExp(`^(https?://${LABEL}(\\.${LABEL})+)(:\\d{1,5})?([/?#]\\S*)?$`, "i");

const url = (text: string): Outcome => {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const host = ADDRESS.exec(address)?.[1];
  return host ? { value: host.toLowerCase() + address.slice(host.length) } : refuse("url");
};

const text = (field: Field, value: string, today: string): Outcome => {
  const length = lengthOf(value);
  switch (field.type) {
    case "email":
    case "work_email":
      // Only what can't be an address; the server knows the rest.
      return /^[^\s@]+@[^\s@]+[.。．｡][^\s@]+$/.test(value) ? { value: value.toLowerCase() } : refuse("email_syntax");
    case "tel":
      return value.replace(/[^\p{L}\p{N}]/gu, "").length < 5 ? refuse("phone") : { value };
    case "url":
      return url(value);
    case "date":
      return date(field, value, today);
  }
  if (field.min_length && length < field.min_length) return refuse("too_short", { min: field.min_length });
  if (field.pattern && !new RegExp(`^(?:${translated(field.pattern)})$`, "u").test(value)) return refuse("pattern");
  return { value };
};

const list = ({ min, max }: Field, raw: unknown): Outcome => {
  const value = raw as (string | number)[];
  if (min && value.length < +min) return refuse("too_few", { min });
  if (max && value.length > +max) return refuse("too_many", { max });
  return { value };
};

const given = (field: Field, raw: unknown, today: string): Outcome => {
  if (raw == null || raw === "") return {};
  if (isTick(field)) return { value: raw as boolean };
  if (field.type === "checkboxes") return (raw as []).length ? list(field, raw) : {};
  if (field.type === "number") return number(field, raw);
  if (typeof raw != "string") return { value: raw as number };
  const cleaned = clean(raw, LONGEST[field.type] ?? field.max_length ?? 200, field.type === "textarea");
  return cleaned.value ? text(field, cleaned.value, today) : cleaned;
};

/** `raw` is what the control holds, as JSON; `today` an ISO date. */
export const check = (field: Field, raw: unknown, today: string): Outcome => {
  const found = given(field, raw, today);
  if (isTick(field)) found.value ??= false;
  return field.required && !found.refused && (found.value === undefined || found.value === false)
    ? refuse(BLANK[field.type] ?? "required")
    : found;
};
