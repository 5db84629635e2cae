/**
 * Reads the templates that flow runs name. Whoever may register a flow chooses the path, so each reading is bounded in bytes
 * and time, has one of few places, and does not lead to the machine itself.
 *
 * @module
 */

import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import {
  isPlaceSource,
  type PlaceSource,
  type ReadS3Object,
  type S3Source,
} from "../../schemas/templates/place_source.ts";
import { isAtPlace } from "../../schemas/templates/template_place.ts";
import type { TemplateSettings } from "../../schemas/templates/template_options.ts";
import type { Reading, ReadSource } from "../../schemas/plan/source.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import { placeOf } from "../http/http.ts";
import { makeSlots, type Slots } from "../time/slots.ts";
import { readRunFile, type RunFileDeps } from "./read_run_file.ts";
import type { ReadRunPage, RunPageDeps } from "./read_run_page.ts";
import { noObject, notListed, noTurn, textReading, tooLongTemplate } from "./run_source_failures.ts";

/** What {@link makeReadRunSource} needs. */
export interface ReadRunSourceDeps extends RunFileDeps, RunPageDeps {
  readonly settings: TemplateSettings;
  readonly readS3Object: ReadS3Object;
  readonly clock: Clock;
}

/** Places for servers that runs name. One that never answers takes two of them, all such servers together four. */
const WEB_PLACES = { total: 8, perKey: 2, slow: 4 } as const;

/** Places for files and S3, which no run can make slow. */
const NEAR_PLACES = { total: 8, perKey: 4, slow: 8 } as const;

/** Longest wait for a place, in milliseconds: half of the usual deadline for planning. */
const PLACE_MS = 45_000;

interface Places {
  readonly web: Slots;
  readonly near: Slots;
}

/**
 * The reader. What is absent, what is forbidden, and what may not be read or is too long are readings without a text, whose
 * message follows the name of the source.
 *
 * @throws {FailureError} from each call what may go away by itself: `timedOut`, `unreachable`, `unavailable`, `throttled`;
 * and `credentials`
 */
export function makeReadRunSource(deps: ReadRunSourceDeps): ReadSource {
  const readPage = pageReader(deps);
  const places: Places = { web: makeSlots(WEB_PLACES), near: makeSlots(NEAR_PLACES) };
  const read: ReadSource = async (source, signal) => {
    if (!isPlaceSource(source)) {
      throw new RangeError(`Cannot read ${source.key}: no run names a source of its kind`);
    }
    refuseElsewhere(source, deps.settings);
    return await inPlace(
      source,
      places,
      { clock: deps.clock, signal },
      () => readOne(source, { ...deps, readPage }, signal),
    );
  };
  return async (source, signal) => {
    try {
      return await read(source, signal);
    } catch (thrown) {
      const failure = thrown instanceof FailureError ? thrown.failure : null;
      if (failure?.tag !== "configuration") throw thrown;
      return { kind: "absent", message: failure.message };
    }
  };
}

/** Most agents never read a page, so its code is loaded with the first one. */
function pageReader(deps: RunPageDeps): ReadRunPage {
  let reader: Promise<ReadRunPage> | null = null;
  return async (url, signal) => {
    reader ??= import("./read_run_page.ts").then(({ makeReadRunPage }) => makeReadRunPage(deps));
    return await (await reader)(url, signal);
  };
}

function refuseElsewhere(source: PlaceSource, { places }: TemplateSettings): void {
  if (places === null || places.some((place) => isAtPlace(source, place))) return;
  throw notListed();
}

async function readOne(
  source: PlaceSource,
  deps: ReadRunSourceDeps & { readonly readPage: ReadRunPage },
  signal: AbortSignal,
): Promise<Reading> {
  switch (source.kind) {
    case "file":
      return await readRunFile(source.path, deps, signal);
    case "s3":
      return await readObject(source, deps, signal);
    case "http":
      return await deps.readPage(source.url, signal);
  }
}

async function readObject(
  { bucket, object }: S3Source,
  { readS3Object }: ReadRunSourceDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const read = await readS3Object({ bucket, key: object }, signal).catch(withoutWords);
  if (!read.found) throw noObject();
  return textReading(read.bytes);
}

/** What S3 says of a refusal tells whether there is an object. */
function withoutWords(thrown: unknown): never {
  const { tag } = toFailure(thrown);
  if (tag === "configuration") throw tooLongTemplate();
  throw tag === "refused" ? noObject() : thrown;
}

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function inPlace(
  source: PlaceSource,
  places: Places,
  { clock, signal }: Waiting,
  work: () => Promise<Reading>,
): Promise<Reading> {
  const slots = source.kind === "http" ? places.web : places.near;
  const slot = await acquire(slots, source, { clock, signal });
  let wasSlow = true;
  try {
    const reading = await work();
    wasSlow = false;
    return reading;
  } catch (thrown) {
    wasSlow = signal.aborted || toFailure(thrown).tag === "timedOut";
    throw thrown;
  } finally {
    slot.release(wasSlow);
  }
}

async function acquire(slots: Slots, source: PlaceSource, { clock, signal }: Waiting) {
  const late = new AbortController();
  const leave = () => late.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", leave, { once: true });
  const forget = clock.after(
    PLACE_MS,
    () => late.abort(noTurn(placeOf(source.kind === "http" ? source.url : source.key))),
  );
  try {
    return await slots.acquire(keyOf(source), late.signal);
  } finally {
    forget();
    signal.removeEventListener("abort", leave);
  }
}

function keyOf(source: PlaceSource): string {
  if (source.kind === "file") return "file";
  if (source.kind === "s3") return `s3://${source.bucket}`;
  return URL.canParse(source.url) ? new URL(source.url).hostname : "";
}
