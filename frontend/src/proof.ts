// The proof of work: altcha's protocol, version 1 (SHA-256), as forms_engine/proof.py asks for it.
//
// It runs in slices on the page's own thread rather than in a worker: a worker needs a `blob:` or same-origin script,
// which the sites' policies forbid more often than not, and asking would show up in their violation reports. The whole
// takes a fraction of a second, and no slice lasts longer than a key press may wait.

export interface Challenge {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

const SLICE_MS = 8;

// FIPS 180-4, 4.2.2 and 5.3.3: the first 32 bits of the fractions of the primes' cube and square roots.
const fraction = (root: number) => ((root % 1) * 2 ** 32) | 0;
const ROUNDS: number[] = [];
const START: number[] = [];
for (let number = 2; ROUNDS.length < 64; number++) {
  let divisor = 2;
  while (number % divisor) divisor++;
  if (divisor < number) continue;
  if (START.length < 8) START.push(fraction(Math.sqrt(number)));
  ROUNDS.push(fraction(Math.cbrt(number)));
}

const turned = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

/** SHA-256 (FIPS 180-4, 6.2.2) of an ASCII text, as eight signed words. */
export const digest = (text: string): Int32Array => {
  const blocks = ((text.length + 8) >> 6) + 1;
  const words = new Int32Array(blocks * 16);
  for (let i = 0; i < text.length; i++) words[i >> 2]! |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  words[text.length >> 2]! |= 0x80 << (24 - 8 * (text.length & 3));
  words[blocks * 16 - 1] = text.length * 8;
  const state = Int32Array.from(START);
  const w = new Int32Array(64);
  for (let offset = 0; offset < words.length; offset += 16) {
    // The eight registers stay where they are and change their names: in round i, register k stands at k - i.
    const registers = state.slice();
    for (let i = 0; i < 64; i++) {
      const register = (k: number) => registers[(k - i) & 7]!;
      if (i < 16) w[i] = words[offset + i]!;
      else {
        const early = w[i - 15]!;
        const late = w[i - 2]!;
        w[i] =
          w[i - 16]! +
          w[i - 7]! +
          (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)) +
          (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10));
      }
      const a = register(0);
      const b = register(1);
      const c = register(2);
      const e = register(4);
      const first =
        register(7) +
        (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
        ((e & register(5)) ^ (~e & register(6))) +
        ROUNDS[i]! +
        w[i]!;
      registers[(3 - i) & 7]! += first;
      registers[(7 - i) & 7] = first + (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    }
    registers.forEach((word, k) => (state[k]! += word));
  }
  return state;
};

/** The payload to send with the answers; "" where no number fits, which the server says. An endless slice: at once. */
export const solve = async ({ maxnumber, ...asked }: Challenge, sliceMs = SLICE_MS): Promise<string> => {
  const wanted = asked.challenge.match(/.{8}/g)?.map((word) => parseInt(word, 16) | 0) ?? [];
  let slice = performance.now();
  for (let number = 0; number <= maxnumber; number++) {
    const found = digest(asked.salt + number);
    if (wanted.every((word, i) => word === found[i])) return btoa(JSON.stringify({ ...asked, number }));
    if (!(number & 31) && performance.now() - slice > sliceMs) {
      await new Promise((go) => setTimeout(go));
      slice = performance.now();
    }
  }
  return "";
};
