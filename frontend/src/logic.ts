// What the runtime knows of a form: the markup's `data-logic` (docs/form-protocol.md, "The markup"). Types and words.

import type { Document, Json } from "./conditions";

export type Value = string | number | boolean | (string | number)[];
export type Values = { [key: string]: Value | undefined };

/** Where a hidden field's value comes from; one of these. */
export interface Source {
  constant?: string | number | boolean;
  query?: string;
  utm?: string;
  cookie?: string;
  data?: string;
  referrer?: true;
}

/** `min` and `max` bound numbers, dates (ISO or "today") and the number of ticks; `numeric`: choices are numbers. */
export interface Field {
  key: string;
  type: string;
  required?: boolean;
  when?: Document;
  min?: number | string;
  max?: number | string;
  min_length?: number;
  max_length?: number;
  pattern?: string;
  whole?: boolean;
  once?: boolean;
  numeric?: boolean;
  country?: string;
  source?: Source;
  messages?: { [code: string]: string };
}

export interface Step {
  key: string;
  fields: Field[];
  further?: Field[];
  when?: Document;
  jumps?: [Document, string][];
  gates?: [Document, string][];
}

export interface Logic {
  steps: Step[];
  words: { [name: string]: string };
  language: string;
  countries_with_regions?: string;
}

/** What a hidden field may ask for: {page, referrer, utm: {…}, query: {…}, cookies: {…}, data: {…}}. */
export type Context = { [name: string]: Json | undefined };

/** A refused answer: the code and what its words need. */
export interface Refusal {
  /** The words, where they come from the server. */
  text?: string;
  code: string;
  min?: number | string | undefined;
  max?: number | string | undefined;
}

export const fill = (text: string, parameters: object): string =>
  text.replace(/\{(\w+)\}/g, (_, name) => (parameters as { [name: string]: string })[name] ?? "");

/** A field's own words come before the language's. */
export const wordsFor = (logic: Logic, field: Field, refusal: Refusal): string =>
  refusal.text ?? fill(field.messages?.[refusal.code] ?? logic.words[refusal.code] ?? refusal.code, refusal);
