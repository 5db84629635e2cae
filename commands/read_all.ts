/**
 * Reading everything that a plan or the options depend on.
 *
 * @module
 */

import { type Reading, type Readings, type Source, sourceKey } from "../schemas/launch_plan.ts";

/** Whoever can read one source. */
export interface SourceReader {
  readonly readSource: (source: Source, signal: AbortSignal) => Promise<Reading>;
}

/** Reads sources at the same time. @throws {FailureError} what the first of them threw */
export async function readAll(
  sources: readonly Source[],
  { readSource }: SourceReader,
  signal: AbortSignal,
): Promise<Readings> {
  const entries = sources.map(async (s) => [sourceKey(s), await readSource(s, signal)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
