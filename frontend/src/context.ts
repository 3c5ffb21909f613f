// What a page tells of a visit: its address, where it was come from, the campaign. The server reads the same of hosted
// pages (forms_engine/context.py).

import type { Context } from "./logic";

const CAMPAIGN = "utm_";

/** `names` are those that hidden fields ask for; `data` what the site says of the page. */
export const pageContext = (
  page: string,
  names: { cookies: string[]; data: string[] },
  data: { [name: string]: string | undefined } = {},
): Context => {
  const given = [...new URL(page).searchParams].filter(([, value]) => value);
  const utm = given.filter(([name]) => name.startsWith(CAMPAIGN));
  const cookies = document.cookie.split("; ").map((pair) => pair.split(/=(.*)/s) as [string, string]);
  const pick = (from: { [name: string]: string | undefined }, wanted: string[]) =>
    Object.fromEntries(wanted.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
  return {
    page,
    referrer: document.referrer,
    language: navigator.language,
    utm: Object.fromEntries(utm.map(([name, value]) => [name.slice(CAMPAIGN.length), value])),
    query: Object.fromEntries(given.filter(([name]) => !name.startsWith(CAMPAIGN))),
    cookies: pick(Object.fromEntries(cookies), names.cookies),
    data: pick(data, names.data),
  };
};
