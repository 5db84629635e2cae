/**
 * The one place where bytes become text. Nothing is replaced: bytes that are no text are refused with their place.
 *
 * @module
 */

/** A text, or where the bytes stop being one. */
export type DecodedText =
  | { readonly text: string }
  /** `problem` names offset and what is accepted, and quotes nothing. `atByte` counts from 0. */
  | { readonly problem: string; readonly atByte: number };

type Encoding = "UTF-8" | "UTF-16LE" | "UTF-16BE";

interface Mark {
  readonly bytes: readonly number[];
  readonly encoding: Encoding | "UTF-32";
}

/** Marks of the byte order; the long ones first, because UTF-32LE begins as UTF-16LE does. */
const MARKS: readonly Mark[] = [
  { bytes: [0xff, 0xfe, 0x00, 0x00], encoding: "UTF-32" },
  { bytes: [0x00, 0x00, 0xfe, 0xff], encoding: "UTF-32" },
  { bytes: [0xef, 0xbb, 0xbf], encoding: "UTF-8" },
  { bytes: [0xff, 0xfe], encoding: "UTF-16LE" },
  { bytes: [0xfe, 0xff], encoding: "UTF-16BE" },
];

const ACCEPTED = "accepted are UTF-8, and UTF-16 with a byte order mark; save it as UTF-8";

/**
 * Decodes UTF-8, and UTF-16 that begins with a byte order mark, as PyYAML does. A mark is no part of the text.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const mark = MARKS.find((each) => each.bytes.every((byte, index) => bytes[index] === byte));
  if (mark?.encoding === "UTF-32") return refused("UTF-32 begins", 0);
  const from = mark?.bytes.length ?? 0;
  const encoding = mark?.encoding ?? "UTF-8";
  if (mark === undefined && looksWide(bytes)) {
    return refused("a NUL stands, as in UTF-16 without a byte order mark", bytes.indexOf(0));
  }
  const text = strictly(bytes.subarray(from), encoding);
  if (text !== null) return { text };
  const atByte = encoding === "UTF-8" ? firstNotUtf8(bytes) : firstNotUtf16(bytes, encoding);
  return refused(`it is not ${encoding}`, atByte);
}

function refused(what: string, atByte: number): DecodedText {
  return { problem: `at byte offset ${atByte} ${what}; ${ACCEPTED}`, atByte };
}

/** No text that is read here begins with a NUL, and every ASCII character of UTF-16 has one. */
function looksWide(bytes: Uint8Array): boolean {
  return bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0);
}

function strictly(bytes: Uint8Array, encoding: Encoding): string | null {
  try {
    return new TextDecoder(encoding.toLowerCase(), { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const REPLACED = "\ufffd";

/** Offset of the first byte that is not UTF-8. A replacement character may also be sent. */
function firstNotUtf8(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const encoder = new TextEncoder();
  let atByte = 0;
  let from = 0;
  for (let at = text.indexOf(REPLACED); at >= 0; at = text.indexOf(REPLACED, from)) {
    atByte += encoder.encode(text.slice(from, at)).length;
    if (bytes[atByte] !== 0xef || bytes[atByte + 1] !== 0xbf || bytes[atByte + 2] !== 0xbd) return atByte;
    atByte += 3;
    from = at + 1;
  }
  return atByte;
}

const SURROGATE_BITS = 0xfc00;
const HIGH = 0xd800;
const LOW = 0xdc00;

/** Offset of the first half of a character without its other half, or of a last byte alone. */
function firstNotUtf16(bytes: Uint8Array, encoding: Encoding): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unitAt = (at: number) => at + 2 > bytes.length ? 0 : view.getUint16(at, encoding === "UTF-16LE");
  let at = 2;
  for (; at + 2 <= bytes.length; at += 2) {
    const kind = unitAt(at) & SURROGATE_BITS;
    if (kind === LOW) return at;
    if (kind !== HIGH) continue;
    if ((unitAt(at + 2) & SURROGATE_BITS) !== LOW) return at;
    at += 2;
  }
  return at;
}
