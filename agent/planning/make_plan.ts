/**
 * Plans flow runs with the options that the start has finished.
 *
 * @module
 */

import type { Flavour } from "../../schemas/contracts/flavour.ts";
import type { Platform } from "../../schemas/contracts/platform.ts";
import { type Timed, untimed } from "../../schemas/contracts/timed.ts";
import type { ParseMapping } from "../../schemas/json/mapping_text.ts";
import { parseReadings } from "./parse_readings.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { readSources } from "../prepare_options.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";
import type { RunsInFlight } from "../runs_in_flight.ts";
import type { HeldRun } from "../run_vault.ts";
import type { ReadForRun } from "../share_reads.ts";
import { readInRounds } from "./source_rounds.ts";

/** What planning works with. */
export interface PlannerDeps<Options, Run, Plan> {
  readonly flavour: Flavour<Options, Run, Plan>;
  /** As the start has finished them. */
  readonly options: () => Options;
  readonly readSource: ReadForRun;
  readonly platform: Pick<Platform<Plan>, "check">;
  /** Parses the templates that runs name. @default the flavour parses them while it plans */
  readonly parse?: ParseMapping;
  /** Measures each synchronous step. @default nothing is measured */
  readonly timed?: Timed;
  /** Told while a run waits for what it names itself. */
  readonly inFlight: Pick<RunsInFlight, "waits" | "goesOn">;
}

/**
 * Reads what the plan of a run depends on, and plans it.
 *
 * @throws {FailureError} of the reader; `badFlowRun` for a run that cannot be planned, or that the platform would refuse
 */
export type MakePlan<Run, Plan> = (
  held: Pick<HeldRun<Run, Plan>, "header" | "run" | "doubt">,
  signal: AbortSignal,
) => Promise<Plan>;

/** The planner of one agent. */
export function makePlanner<Options, Run, Plan>(
  { flavour, options, readSource, platform, parse, timed = untimed, inFlight }: PlannerDeps<
    Options,
    Run,
    Plan
  >,
): MakePlan<Run, Plan> {
  return async ({ header: { id }, run, doubt: { refused } }, signal) => {
    if (refused !== null) throw new FailureError({ tag: "badFlowRun", field: "flow_run", message: refused });
    const read = (source: Parameters<ReadForRun>[0], its: AbortSignal) => readSource(source, its, id);
    const readAll = async (sources: readonly Source[]): Promise<Readings> => {
      if (sources.some(({ namedBy }) => namedBy === "run")) inFlight.waits(id);
      const texts = await readSources(sources, read, signal);
      return parse === undefined ? texts : await parseReadings(sources, texts, {
        parse: (text, where) => timed("parse", id, () => parse(text, signal, where)),
      });
    };
    const ask = (known: Readings) => flavour.sources(run, options(), known);
    const readings = await readInRounds({ runId: id, ask, read: readAll });
    inFlight.goesOn(id);
    const plan = timed("plan", id, () => flavour.plan(run, options(), readings));
    timed("check", id, () => platform.check(plan));
    return plan;
  };
}
