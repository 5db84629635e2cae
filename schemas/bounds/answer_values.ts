/**
 * Whether a text of JSON has more values than are parsed at once, counted without parsing it.
 *
 * @module
 */

import { BOUNDS } from "./bounds.ts";

const [QUOTE, BACKSLASH, COMMA, COLON, LIST, MAPPING] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x7b];

/** Counts what takes JSON its time, by how long it takes: members, lists and mappings four times as long as texts and numbers. */
export function hasTooManyValues(bytes: Uint8Array): boolean {
  if (4 * bytes.length <= BOUNDS.answerValues.most) return false;
  let count = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText && byte === BACKSLASH) at++;
    else if (!isText && (byte === COLON || byte === LIST || byte === MAPPING)) count += 4;
    else if (!isText && byte === COMMA) count++;
  }
  return count > BOUNDS.answerValues.most;
}
