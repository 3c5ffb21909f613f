// `node bridge.mjs MODULE`: calls the functions of frontend/src/testing.ts, one JSON line in, one out.

import { createInterface } from "node:readline";

const { functions } = await import(process.argv[2]);

for await (const line of createInterface({ input: process.stdin })) {
  const { name, values } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await functions[name](...values) };
  } catch (problem) {
    answer = { problem: String(problem?.stack ?? problem) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
