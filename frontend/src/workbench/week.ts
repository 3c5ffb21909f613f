// Working hours as text, a line for each weekday as the server writes it: `Mon 09:00-12:00, 13:00-17:00`.

export interface Span {
  from: string;
  to: string;
}

/** Seven days, Monday first. */
export type Week = Span[][];

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SPAN = /^(\d\d:\d\d)-(\d\d:\d\d)$/;

/** Undefined where a line isn't of that shape. Midnight at the end of a day is 00:00, as a field of times shows it. */
export const readWeek = (text: string): Week | undefined => {
  const week: Week = DAYS.map(() => []);
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const found = /^(\w{3}) (.+)$/.exec(line.trim());
    const day = DAYS.findIndex((name) => name.startsWith(found?.[1] ?? "?"));
    const spans = found?.[2]!.split(", ").map((span) => SPAN.exec(span));
    if (day < 0 || !spans || spans.includes(null)) return undefined;
    week[day]!.push(...spans.map((span) => ({ from: span![1]!, to: span![2]!.replace("24:00", "00:00") })));
  }
  return week;
};

/** Spans with a time missing are left out: they can't be sent anyway. */
export const writeWeek = (week: Week): string =>
  week
    .map((spans, day) => [DAYS[day]!.slice(0, 3), spans.filter(({ from, to }) => from && to)] as const)
    .filter(([, spans]) => spans.length)
    .map(([day, spans]) => `${day} ${spans.map(({ from, to }) => `${from}-${to == "00:00" ? "24:00" : to}`).join(", ")}`)
    .join("\n");
