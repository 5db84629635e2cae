/**
 * What a flavour is: pure planning for one generation of Prefect agents. No I/O, so every golden is one call.
 *
 * @module
 */

import type { Readings, Source } from "../plan/source.ts";
import type { Registration } from "./orchestrator.ts";

/** A request of the agent's own, as far as it goes without a flow run. */
export interface Sample<Plan> {
  /** What the user gave it by, for messages: `--task-definition`. */
  readonly from: string;
  readonly plan: Plan;
}

/**
 * How one flavour plans. `Options` are parsed once, at start; `Run` is a flow run as the dialect gives it; `Plan` is for the
 * platform that launches.
 */
export interface Flavour<Options, Run, Plan> {
  /** As it is typed on the command line. */
  readonly name: string;
  /**
   * What must be read before any run is claimed (templates given by option, default network). Asked again after each
   * `prepare`, as what was read may ask for more; what was read already is not read again.
   */
  readonly startSources: (options: Options) => readonly Source[];
  /**
   * Checks what was read at start and finishes the options with it. Called once at least, and again with all readings so
   * far whenever {@link Flavour.startSources} asked for more; calling it twice changes nothing.
   * @throws {FailureError} `configuration`, naming option, file, line and the accepted values
   */
  readonly prepare: (options: Options, readings: Readings) => Options;
  /**
   * What the platform is asked to check before any run is claimed: every run's requests are made from these.
   *
   * @param options prepared
   */
  readonly samples: (options: Options) => readonly Sample<Plan>[];
  /** What the user should be told once, of prepared options. */
  readonly warnings: (options: Options) => readonly string[];
  /** Options with what the API told the agent when it registered. @param options prepared */
  readonly registered: (options: Options, registration: Registration) => Options;
  /**
   * What must be read for this run. Asked again with all readings so far until it asks for nothing new, six times at most: what
   * was read may name more. What was read already is not read again.
   *
   * @throws {FailureError} `badFlowRun`
   */
  readonly sources: (run: Run, options: Options, readings: Readings) => readonly Source[];
  /** What is to be launched. @throws {FailureError} `badFlowRun`, naming the field and the accepted values */
  readonly plan: (run: Run, options: Options, readings: Readings) => Plan;
}
