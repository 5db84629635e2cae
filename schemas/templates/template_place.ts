/**
 * Places that templates may come from, compared by whole segments of their paths after normalising.
 *
 * @module
 */

import { destinationOf, hostText } from "../net/host_port.ts";
import { withoutFileScheme } from "../options/typed_path.ts";
import type { PlaceSource } from "./place_source.ts";

/** A place: everything at or below it. */
export type TemplatePlace =
  /** A folder or a file of this machine, as it was typed. */
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "bucket"; readonly bucket: string; readonly segments: readonly string[] }
  | { readonly kind: "site"; readonly origin: string; readonly segments: readonly string[] };

/** @returns undefined for what names no place: another scheme, a query, a user, dot segments that are escaped */
export function parsePlace(text: string): TemplatePlace | undefined {
  if (text.trim() === "") return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { kind: "folder", path: text };
    case "file":
      return folderAt(withoutFileScheme(text));
    case "local":
    case "agent":
      return folderOf(text);
    case "s3":
      return bucketOf(text);
    case "http":
    case "https":
      return siteOf(text);
    default:
      return undefined;
  }
}

/**
 * Whether a source, as it is spelled, is at or below a place. Of files only the real path counts: see {@link isBelowFolder}.
 */
export function isAtPlace(source: PlaceSource, place: TemplatePlace): boolean {
  if (source.kind === "file") return place.kind === "folder";
  if (source.kind === "s3") {
    if (place.kind !== "bucket" || place.bucket !== source.bucket) return false;
    return isBelow(segmentsOf(source.object, "literal"), place.segments);
  }
  if (place.kind !== "site" || !URL.canParse(source.url)) return false;
  const url = new URL(source.url);
  return originOf(url) === place.origin &&
    isBelow(segmentsOf(url.pathname.slice(1), "escaped"), place.segments);
}

/** Whether a path is a folder or below it; both without symbolic links and dot segments. */
export function isBelowFolder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function folderAt(path: string): TemplatePlace | undefined {
  return path === "" ? undefined : { kind: "folder", path };
}

function folderOf(text: string): TemplatePlace | undefined {
  const path = /^[^:]*:(?:\/\/[^/?#]*)?(\/[^?#]*)$/.exec(text)?.[1];
  return path === undefined ? undefined : { kind: "folder", path };
}

function bucketOf(text: string): TemplatePlace | undefined {
  const [, bucket, key = ""] = /^s3:\/\/([^/?#]+)(?:\/([^?#]*))?$/i.exec(text) ?? [];
  const segments = segmentsOf(key, "literal");
  if (bucket === undefined || segments === undefined) return undefined;
  return { kind: "bucket", bucket, segments: withoutEnd(segments) };
}

function siteOf(text: string): TemplatePlace | undefined {
  if (!/^https?:\/\/[^/?#@\\]+(?:\/[^?#]*)?$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const segments = segmentsOf(url.pathname.slice(1), "escaped");
  return segments && { kind: "site", origin: originOf(url), segments: withoutEnd(segments) };
}

/** Scheme, host in one spelling, and port: a default port is the same as none. */
function originOf(url: URL): string {
  return `${url.protocol}//${hostText(url.hostname)}:${destinationOf(url).port}`;
}

/** A slash at the end changes no place; the place of a slash alone is everything. */
function withoutEnd(segments: readonly string[]): readonly string[] {
  return segments.at(-1) === "" ? segments.slice(0, -1) : segments;
}

function isBelow(segments: readonly string[] | undefined, place: readonly string[]): boolean {
  return segments !== undefined && place.every((segment, index) => segments[index] === segment);
}

/** Escapes of escapes: some servers decode more than once. */
const MOST_DECODINGS = 8;

/** What a server may take for a way up: dots, also with parameters behind a semicolon. */
const DOTS = /^\.{1,2}(?:;.*)?$/s;

/**
 * The segments of a path.
 *
 * @param form `escaped`: percent signs are escapes, and equal names compare equal; `literal`: names are as they stand
 * @returns undefined where a server could read more segments, or a way up, out of it
 */
function segmentsOf(path: string, form: "escaped" | "literal"): readonly string[] | undefined {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    const plain = fullyDecoded(segment);
    if (plain === undefined || DOTS.test(plain) || /[/\\\0]/.test(plain)) return undefined;
    segments.push(form === "literal" ? segment : plain);
  }
  return segments;
}

function fullyDecoded(segment: string): string | undefined {
  let text = segment;
  for (let round = 0; round < MOST_DECODINGS; round++) {
    const next = text.replace(/(?:%[0-9a-f]{2})+/gi, decodedRun);
    if (next === text) return text;
    text = next;
  }
  return undefined;
}

function decodedRun(escapes: string): string {
  const bytes = escapes.slice(1).split("%").map((byte) => parseInt(byte, 16));
  return new TextDecoder().decode(new Uint8Array(bytes));
}
