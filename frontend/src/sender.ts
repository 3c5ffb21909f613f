// Calls to our API. No call throws: status 0 is a network that failed or took too long.

import type { Ending } from "./controller";

export interface Answer {
  status: number;
  body: {
    code?: string;
    message?: string;
    fields?: { [key: string]: string[] };
    ending?: Ending;
    id?: string;
    status_url?: string;
    resume?: string | null;
  };
}

const LONGEST_KEEPALIVE = 60_000;

/** The body goes as text/plain, which browsers send to other origins without asking first. */
export const call = async (method: string, address: string, content: object, timeoutMs: number): Promise<Answer> => {
  const body = JSON.stringify(content);
  try {
    const response = await fetch(address, {
      method,
      body,
      credentials: "omit",
      // It is sent even if the page is left meanwhile.
      keepalive: body.length < LONGEST_KEEPALIVE,
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: {} };
  }
};

/** Whether trying again later can help. */
export const isPassing = ({ status }: Answer) => !status || status === 429 || status >= 500;
