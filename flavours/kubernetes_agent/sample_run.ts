/**
 * A flow run without any wishes, with which the agent's own templates are tried at start.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";

/** An environment of Prefect 0.x. */
export const sampleEnvironment: JsonObject = { type: "LocalEnvironment", metadata: { image: "sample" } };

/** Makes it. @param environment null: a flow with a run config */
export function sampleRun(environment: JsonObject | null): FlowRun {
  return {
    id: "sample",
    name: "sample",
    version: 0,
    state: {},
    stateType: "Scheduled",
    startTime: "",
    dueAtMs: null,
    dueTaskRuns: [],
    flow: {
      id: "sample",
      name: "sample",
      version: null,
      environment,
      storage: { type: "Local" },
      coreVersion: null,
    },
    runConfig: null,
  };
}
