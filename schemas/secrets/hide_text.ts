/**
 * Hides secrets in a text: those that are known, and what looks like one; also where the text was escaped, up to three times.
 *
 * @module
 */

import { noWork, type Work } from "../bounds/work.ts";
import { decoded } from "./decoded.ts";
import type { FindKnown } from "./known_secrets.ts";
import { findLooks } from "./secret_looks.ts";
import { type PutSpan, type Span, withoutSpans } from "./spans.ts";

/** Escapes within escapes that are looked through. */
const LAYERS = 3;

/** Puts the parts of a text that must not be shown. */
export function findSecrets(text: string, known: FindKnown | null, put: PutSpan, work: Work): void {
  let read = text;
  let from: Int32Array | null = null;
  const putRead: PutSpan = (begin, end) =>
    from === null ? put(begin, end) : put(from[begin] ?? 0, from[end] ?? text.length);
  for (let layer = 0; layer <= LAYERS; layer++) {
    work.steps += read.length;
    known?.(read, putRead);
    findLooks(read, putRead, work);
    const inner = decoded(read, from);
    if (inner === null) return;
    read = inner.text;
    from = inner.from;
  }
}

/** The text with its secrets hidden. */
export function hideSecrets(text: string, known: FindKnown | null, work: Work = noWork()): string {
  let spans: Span[] | null = null;
  findSecrets(text, known, (from, to) => void (spans ??= []).push([from, to]), work);
  return spans === null ? text : withoutSpans(text, spans);
}
