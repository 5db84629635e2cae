/**
 * Unpacking of answers within a bound: it is counted while they are unpacked, and what is beyond is never made.
 *
 * @module
 */

import { brotliDecompress, gunzip, inflate } from "node:zlib";

/** How an answer is packed, and how long it may be. */
export interface Packing {
  /** The `content-encoding` header; empty or `identity`: it is not packed. */
  readonly coding: string;
  /** Most bytes when it is unpacked. */
  readonly most: number;
}

/** An answer, or why there is none: it is longer than the bound, or it is not packed as its header says. */
export type Unpacked =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly fault: "tooLong" | "notPackedSo" };

/** What {@link unpack} knows, for the `accept-encoding` header. */
export const KNOWN_CODINGS = "gzip, deflate, br";

type Unpack = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
  done: (error: Error | null, bytes: Uint8Array) => void,
) => void;

const UNPACKERS: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ["gzip", gunzip],
  ["x-gzip", gunzip],
  ["deflate", inflate],
  ["br", brotliDecompress],
]);

/** So much is unpacked at a time, in bytes. */
const PIECE = 64 * 1024;

/** Unpacks an answer. */
export function unpack(bytes: Uint8Array<ArrayBuffer>, { coding, most }: Packing): Promise<Unpacked> {
  const name = coding.trim().toLowerCase();
  if (name === "" || name === "identity" || bytes.length === 0) return Promise.resolve({ bytes });
  const unpacker = UNPACKERS.get(name);
  if (unpacker === undefined) return Promise.resolve({ fault: "notPackedSo" });
  return new Promise((resolve) => {
    unpacker(bytes, { maxOutputLength: most, chunkSize: Math.min(PIECE, most) }, (error, whole) => {
      if (error === null) resolve({ bytes: new Uint8Array(whole) });
      else resolve({ fault: isTooLarge(error) ? "tooLong" : "notPackedSo" });
    });
  });
}

function isTooLarge(error: Error): boolean {
  return "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
