/**
 * What a flavour is: pure planning for one generation of Prefect agents. No I/O, so every golden is one call.
 *
 * @module
 */

import type { FlowRun } from "../prefect1/flow_run.ts";
import type { LaunchPlan } from "../ecs/launch_plan.ts";
import type { Readings, Source } from "../plan/source.ts";

/** How one flavour plans. `Options` are parsed once, at start. */
export interface Flavour<Options> {
  readonly name: "fargate" | "ecs";
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
  /** What the user should be told once, of prepared options. @default nothing */
  readonly warnings?: (options: Options) => readonly string[];
  /** Options with the tenant that the API named for a key given without one. @default unchanged */
  readonly withTenant?: (options: Options, tenantId: string) => Options;
  /** What must be read for this run. @throws {FailureError} `badFlowRun` */
  readonly sources: (run: FlowRun, options: Options) => readonly Source[];
  /** The two requests. @throws {FailureError} `badFlowRun`, naming the field and the accepted values */
  readonly plan: (run: FlowRun, options: Options, readings: Readings) => LaunchPlan;
}
