/**
 * The start of a flavour: what its options name is read until they are complete.
 *
 * @module
 */

import { type Readings, type Source, sourceKey } from "../schemas/plan/source.ts";
import type { ReadSource } from "../actors/ecs/read_source.ts";
import type { Flavour } from "../schemas/contracts/flavour.ts";

/** Rounds after which a flavour that still asks for more is at fault. */
const MAX_ROUNDS = 4;

/**
 * Prepares options: reads, prepares, and again while that makes the flavour ask for more.
 *
 * @throws {FailureError} of the reader and of the flavour
 */
export async function prepareOptions<Options>(
  flavour: Flavour<Options>,
  options: Options,
  { read, signal }: { readonly read: ReadSource; readonly signal: AbortSignal },
): Promise<Options> {
  let readings: Readings = {};
  let prepared = options;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const known = readings;
    const wanted = flavour.startSources(prepared).filter((source) => known[sourceKey(source)] === undefined);
    if (wanted.length === 0 && round > 0) return prepared;
    readings = { ...known, ...await readSources(wanted, read, signal) };
    prepared = flavour.prepare(prepared, readings);
  }
  throw new RangeError(
    `Cannot prepare the ${flavour.name} flavour: it asks for more after ${MAX_ROUNDS} rounds`,
  );
}

/** Reads several sources at once. @throws {FailureError} of the reader */
export async function readSources(
  sources: readonly Source[],
  read: ReadSource,
  signal: AbortSignal,
): Promise<Readings> {
  const entries = sources.map(async (source) => [sourceKey(source), await read(source, signal)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
