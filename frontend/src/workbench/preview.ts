// What stands below a condition: the sentence it says, how many past leads it holds for, or what is wrong with it.

import type { Vocabulary } from "./vocabulary";

export interface Counted {
  matching: number;
  looked_at: number;
  what: string;
}

export type Answer =
  | { sentence: string; count: Counted | null }
  | { path: string; message: string }
  /** Nothing is known: the server could not be asked. */
  | undefined;

const vocabularies = new Map<string, Promise<Vocabulary>>();
const choices = new Map<string, Promise<[string, string][]>>();

const fetched = async <T>(address: string): Promise<T> => {
  const response = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as T;
};

const once = <T>(kept: Map<string, Promise<T>>, address: string): Promise<T> => {
  const found = kept.get(address) ?? fetched<T>(address);
  kept.set(address, found);
  found.catch(() => kept.delete(address));
  return found;
};

/** One request for all builders of a page. */
export const vocabularyAt = (endpoint: string) => once(vocabularies, endpoint);

export const choicesAt = (endpoint: string, attribute: string) =>
  once(choices, `${endpoint}?choices=${encodeURIComponent(attribute)}`);

const token = () => document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** Throws only where `signal` aborts it. */
export const ask = async (endpoint: string, text: string, isCounted: boolean, signal: AbortSignal): Promise<Answer> => {
  try {
    const body = new URLSearchParams({ condition: text, ...(isCounted && { count: "yes" }) });
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    const response = await fetch(endpoint, { method: "POST", body, headers, redirect: "error", signal });
    if (response.ok || response.status == 422) return (await response.json()) as Answer;
  } catch (problem) {
    if (signal.aborted) throw problem;
  }
  return undefined;
};

const number = (value: number) => value.toLocaleString("en");

export const countInWords = ({ matching, looked_at, what }: Counted) =>
  looked_at
    ? `Matches ${number(matching)} of the last ${number(looked_at)} ${what}.`
    : `There are no ${what} yet to count.`;
