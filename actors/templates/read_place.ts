/**
 * Reads the files, objects and pages that the operator's options name. Templates that runs name have a reader of their own,
 * `actors/templates/read_run_source.ts`.
 *
 * @module
 */

import { FailureError } from "../../schemas/failure/failure.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { Reading } from "../../schemas/plan/source.ts";
import type {
  HttpSource,
  PlaceSource,
  ReadS3Object,
  S3Source,
} from "../../schemas/templates/place_source.ts";
import { decodeText } from "../../schemas/text/decode_text.ts";
import { whyUnreadable } from "../files/read_named_file.ts";
import { type HttpCall, placeOf } from "../http/http.ts";

/** What {@link readPlace} needs. */
export interface ReadPlaceDeps {
  readonly readS3Object: ReadS3Object;
  readonly http: HttpCall;
  /** Bytes of a file. Rejects with `Deno.errors.NotFound` when there is none. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Absolute path of what an option names. */
  readonly locate: Locate;
}

const HTTP_TIMEOUT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Answers of an overloaded server or proxy, worth another try. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Reads one place. A file that cannot be used, and an object or bucket that does not exist, is a reading.
 *
 * @throws {FailureError} `configuration` (bytes that are no text, refused URL), `refused`, and what may go away by itself:
 * `unreachable`, `timedOut`, `unavailable`, `throttled`
 */
export async function readPlace(
  source: PlaceSource,
  deps: ReadPlaceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  switch (source.kind) {
    case "file":
      return await readFileText(source.path, deps);
    case "s3":
      return await readObject(source, deps, signal);
    case "http":
      return await readPage(source, deps, signal);
  }
}

/** Who asked for the file names it before this message: option and path as typed. */
async function readFileText(path: string, { readFile, locate }: ReadPlaceDeps): Promise<Reading> {
  const at = locate(path);
  if (at === "") return { kind: "absent", message: "the path names no file" };
  try {
    const read = decodeText(await readFile(at));
    if ("text" in read) return { kind: "text", text: read.text };
    return { kind: "absent", message: `Cannot read ${at}: ${read.problem}` };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { kind: "absent", message: `there is no file ${at}` };
    }
    return { kind: "absent", message: `Cannot read ${at}: ${whyUnreadable(error)}` };
  }
}

async function readObject(
  { bucket, object: key, option }: S3Source,
  { readS3Object }: ReadPlaceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const read = await readS3Object({ bucket, key }, signal);
  if (!read.found) return { kind: "absent", message: read.message };
  return textOf(read.bytes, `s3://${bucket}/${key}`, option);
}

/** @throws {FailureError} `configuration` for bytes that are no text: unlike absence, nothing stands in for them */
function textOf(bytes: Uint8Array, place: string, option: string | undefined): Reading {
  const read = decodeText(bytes);
  if ("text" in read) return { kind: "text", text: read.text };
  throw new FailureError({
    tag: "configuration",
    field: place,
    message: `Cannot read ${place}${option === undefined ? "" : ` (${option})`}: ${read.problem}`,
  });
}

/** An error page must never become a template (Q-HTTP-STATUS). */
async function readPage(
  { url, option }: HttpSource,
  { http }: ReadPlaceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const { status, body } = await http({
    method: "GET",
    url,
    headers: { accept: "*/*" },
    redirect: "follow",
    timeoutMs: HTTP_TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    signal,
  });
  if (status >= 200 && status < 300) return textOf(body, placeOf(url), option);
  const message = `Cannot read ${placeOf(url)}: the server answered with HTTP status ${status}`;
  if (PASSING_STATUSES.has(status)) throw new FailureError({ tag: "unavailable", status, message });
  throw new FailureError({ tag: "configuration", field: placeOf(url), message });
}
