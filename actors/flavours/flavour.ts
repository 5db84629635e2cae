/**
 * What a flavour is: pure planning for one generation of Prefect agents. No I/O, so every golden is one call.
 *
 * @module
 */

import type { FlowRun } from "../../schemas/flow_run.ts";
import type { LaunchPlan, Readings, Source } from "../../schemas/launch_plan.ts";

/** How one flavour plans. `Options` are parsed once, at start. */
export interface Flavour<Options> {
  readonly name: "fargate" | "ecs";
  /** What must be read before any run is claimed (templates given by option, default network). */
  readonly startSources: (options: Options) => readonly Source[];
  /**
   * What the prepared options turn out to need besides (a default network, when the template has none). `prepare` is
   * then called once more, with these readings only. @default nothing
   */
  readonly moreSources?: (options: Options) => readonly Source[];
  /**
   * Checks what was read at start and finishes the options with it.
   * @throws {FailureError} `configuration`, naming option, file, line and the accepted values
   */
  readonly prepare: (options: Options, readings: Readings) => Options;
  /** What must be read for this run. @throws {FailureError} `badFlowRun` */
  readonly sources: (run: FlowRun, options: Options) => readonly Source[];
  /** The two requests. @throws {FailureError} `badFlowRun`, naming the field and the accepted values */
  readonly plan: (run: FlowRun, options: Options, readings: Readings) => LaunchPlan;
}
