/**
 * The start of a flavour: reads the sources that its options name until the options are complete.
 *
 * @module
 */

import type { Readings, ReadSource, Source } from "../schemas/plan/source.ts";
import type { Flavour, Sample } from "../schemas/contracts/flavour.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";

/** Most rounds: a flavour that asks for more sources after this many has a fault. */
const MAX_ROUNDS = 4;

/** What of a flavour prepares its options. */
export type Preparing<Options, Plan> = Pick<
  Flavour<Options, unknown, Plan>,
  "name" | "startSources" | "prepare" | "samples"
>;

/** What preparing needs. */
export interface PrepareDeps<Plan> {
  readonly read: ReadSource;
  /** The platform's check of a plan. */
  readonly check: (plan: Plan) => void;
  readonly signal: AbortSignal;
}

/**
 * Prepares options: reads, prepares, has the agent's own requests checked, and again while that makes the flavour ask
 * for more.
 *
 * @throws {FailureError} of the reader, of the flavour, and of {@link checkSamples}
 */
export async function prepareOptions<Options, Plan>(
  flavour: Preparing<Options, Plan>,
  options: Options,
  { read, check, signal }: PrepareDeps<Plan>,
): Promise<Options> {
  let readings: Readings = {};
  let prepared = options;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const known = readings;
    const wanted = flavour.startSources(prepared).filter((source) => known[source.key] === undefined);
    if (wanted.length === 0 && round > 0) return prepared;
    readings = { ...known, ...await readSources(wanted, read, signal) };
    prepared = flavour.prepare(prepared, readings);
    checkSamples(flavour.samples(prepared), check);
  }
  throw new RangeError(
    `Cannot prepare the ${flavour.name} flavour: it asks for more after ${MAX_ROUNDS} rounds`,
  );
}

/**
 * Refuses, at start, options with which the platform would refuse every run.
 *
 * @throws {FailureError} `configuration` that names where the request comes from and what is wrong with it
 */
export function checkSamples<Plan>(samples: readonly Sample<Plan>[], check: (plan: Plan) => void): void {
  for (const { from, plan } of samples) {
    try {
      check(plan);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.tag !== "badFlowRun") throw thrown;
      const message = `Cannot use ${from}: ${failure.message}`;
      throw new FailureError({ tag: "configuration", field: from, message }, { cause: thrown });
    }
  }
}

/** Reads several sources at once. @throws {FailureError} of the reader */
export async function readSources(
  sources: readonly Source[],
  read: ReadSource,
  signal: AbortSignal,
): Promise<Readings> {
  const entries = sources.map(async (source) => [source.key, await read(source, signal)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
