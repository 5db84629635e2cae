/**
 * Finds secrets that this process knows in texts that others wrote: whole, in pieces, and in base64.
 *
 * @module
 */

import type { PutSpan } from "./spans.ts";

/** A shorter value would hide innocent words. */
export const SHORTEST = 6;

/** What is known. */
export interface KnownTexts {
  /** Keys, tokens and passwords: long pieces of them are hidden as well. */
  readonly credentials: Iterable<string>;
  /** What may be secret, such as values of an environment: hidden whole. */
  readonly values: Iterable<string>;
}

/** Puts the parts of a text that are known. Reads each character a constant number of times. */
export type FindKnown = (text: string, put: PutSpan) => void;

/** Lengths of pieces. Few, because a text is read once for each. */
const SIZES = [SHORTEST, 8, 12, 16, 24, 32] as const;
const LONGEST = 32;

/** A credential of at least so many characters is known by pieces of 8; of twice as many characters, by pieces of 12. */
const IN_PIECES = 16;

interface Known {
  /** Pieces by their length. */
  readonly pieces: ReadonlyMap<number, Set<string>>;
  /** All that is known: their beginnings count where a text breaks off. */
  readonly whole: string[];
}

/** Null: nothing is known. */
export function knownSecrets({ credentials, values }: KnownTexts): FindKnown | null {
  const known: Known = {
    pieces: new Map(SIZES.map((size) => [size, new Set<string>()])),
    whole: [],
  };
  for (const text of credentials) {
    for (const form of [text, ...base64Forms(text)]) add(known, form, credentialSize);
  }
  for (const text of values) add(known, text, wholeSize);
  if (known.whole.length === 0) return null;
  const sorted = known.whole.sort();
  const sizes = [...known.pieces].filter(([, pieces]) => pieces.size > 0);
  const sieve = makeSieve([known.whole, ...sizes.map(([, pieces]) => pieces)]);
  return (text, put) =>
    sieve(text, (from) => {
      for (const [size, pieces] of sizes) {
        if (pieces.has(text.slice(from, from + size))) put(from, from + size);
      }
      const to = brokenOffAt(text, from, sorted);
      if (to !== null) put(from, to);
    });
}

function add({ pieces, whole }: Known, form: string, sizeOf: (length: number) => number): void {
  if (form.length < SHORTEST) return;
  const size = sizeOf(form.length);
  const ofSize = pieces.get(size);
  const all = Array.from({ length: form.length - size + 1 }, (_, at) => form.slice(at, at + size));
  // Longer pieces tell by their length.
  const telling = size > 12 ? all : all.filter(isTelling);
  for (const piece of telling.length === 0 ? all : telling) ofSize?.add(piece);
  whole.push(form);
}

/** A row of zeros, for one, stands in ids as well: only a secret that is nothing else is known by it. */
function isTelling(piece: string): boolean {
  return new Set(piece).size >= 4;
}

/** The longest size that fits: its pieces cover the whole text. */
function wholeSize(length: number): number {
  return SIZES.findLast((size) => size <= length) ?? SHORTEST;
}

function credentialSize(length: number): number {
  if (length < IN_PIECES) return wholeSize(length);
  return length < 2 * 12 ? 8 : 12;
}

/** What base64 makes of the text, wherever it stands in what is encoded: the characters that depend on it alone. */
function base64Forms(text: string): readonly string[] {
  if (text.length < SHORTEST) return [];
  const bytes = new TextEncoder().encode(text);
  return [0, 1, 2].map((before) => {
    const all = new Uint8Array(before + bytes.length);
    all.set(bytes, before);
    const encoded = btoa(Array.from(all, (byte) => String.fromCharCode(byte)).join(""));
    return encoded.slice(Math.ceil(before * 8 / 6), Math.floor(all.length * 8 / 6));
  });
}

/**
 * The place where the text breaks off, when from here to there it is the beginning of a secret: its end, or the dots that
 * stand for what was cut. Null: it goes on.
 */
function brokenOffAt(text: string, from: number, sorted: readonly string[]): number | null {
  for (let to = from + SHORTEST; to <= from + LONGEST; to++) {
    const isCut = to === text.length || text[to] === "…" || text.startsWith("...", to);
    if (isCut && isBeginning(text.slice(from, to), sorted)) return to;
    if (to >= text.length) return null;
  }
  return null;
}

/** Whether one of the texts begins so: then the first that is not less does. */
function isBeginning(text: string, sorted: readonly string[]): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < text) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(text) ?? false;
}

/**
 * A text is looked at in steps: of a beginning of {@link SHORTEST} characters, a gram of these many always stands at a step.
 */
const GRAM = 4;
const STEP = SHORTEST - GRAM + 1;

/** Enough bits that few of them are set. */
const BITS_PER_GRAM = 64;

/** Finds places where a piece begins. */
function makeSieve(
  all: readonly Iterable<string>[],
): (text: string, onPlace: (from: number) => void) => void {
  const heads = new Set<string>();
  for (const pieces of all) for (const piece of pieces) heads.add(piece.slice(0, SHORTEST));
  const size = Math.max(1024, heads.size * STEP * BITS_PER_GRAM);
  const mask = 2 ** Math.ceil(Math.log2(size)) - 1;
  const bits = new Uint8Array((mask + 1) / 8);
  for (const head of heads) {
    for (let at = 0; at < STEP; at++) {
      const slot = slotAt(head, at) & mask;
      bits[slot >>> 3] = (bits[slot >>> 3] ?? 0) | (1 << (slot & 7));
    }
  }
  return (text, onPlace) => {
    for (let step = 0; step + GRAM <= text.length; step += STEP) {
      const slot = slotAt(text, step) & mask;
      if (((bits[slot >>> 3] ?? 0) & (1 << (slot & 7))) === 0) continue;
      for (let from = Math.max(0, step - STEP + 1); from <= step; from++) {
        if (heads.has(text.slice(from, from + SHORTEST))) onPlace(from);
      }
    }
  };
}

/** A number for the {@link GRAM} characters at a place. */
function slotAt(text: string, at: number): number {
  const low = text.charCodeAt(at) + (text.charCodeAt(at + 1) << 7);
  const hash = Math.imul(
    low ^ (text.charCodeAt(at + 2) << 14) ^ (text.charCodeAt(at + 3) << 21),
    -1640531535,
  );
  return hash ^ (hash >>> 15);
}
