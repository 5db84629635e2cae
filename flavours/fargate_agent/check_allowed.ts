/**
 * Refuses a flow run whose image the operator has not allowed. Everything else comes from the agent's own arguments or from
 * external ones, which are the operator's as well.
 *
 * @module
 */

import { isRestricted, notAllowed } from "../../schemas/ecs/allow/allow_lists.ts";
import { notAllowedFailure } from "../../schemas/ecs/allow/not_allowed.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { FargateOptions } from "./options.ts";

/** Judges a definition that would be registered. @throws {FailureError} `badFlowRun`, naming the option */
export function checkAllowed(run: FlowRun, { allow }: FargateOptions, definition: JsonObject): void {
  if (!isRestricted(allow)) return;
  const { containerDefinitions } = definition;
  const asked = { definition: { containerDefinitions }, runTask: {} };
  const found = notAllowed({ ...allow, cluster: null }, asked, []);
  if (found !== undefined) throw notAllowedFailure(run, found, true);
}
