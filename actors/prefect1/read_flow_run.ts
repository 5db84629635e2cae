/**
 * Reads one flow run from the Prefect 1 API, in any state.
 *
 * @module
 */

import * as v from "valibot";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { parseFlowRun } from "../../schemas/prefect1/rows.ts";
import type { Graphql } from "./graphql.ts";

const answer = v.object({ flow_run: v.array(v.unknown()) });

/**
 * Reads a flow run as the agent would see it.
 *
 * @throws {FailureError} `configuration` when there is none of that id or it cannot be read, and those of the API
 */
export async function readFlowRun(id: string, graphql: Graphql, signal: AbortSignal): Promise<FlowRun> {
  const data = v.safeParse(answer, await graphql({ query: queryOf(id), signal }));
  const row = data.success ? data.output.flow_run[0] : undefined;
  if (row === undefined) {
    throw notThere(`Cannot find flow run ${id} in the Prefect API; give the id of a flow run`);
  }
  const parsed = parseFlowRun(row);
  if ("run" in parsed) return parsed.run;
  throw notThere(parsed.malformed.message);
}

/** @see recorded: agent-run-success n=4 */
function queryOf(id: string): string {
  return `query { flow_run(where: { id: { _eq: ${
    JSON.stringify(id)
  } } }) { id name version state serialized_state ` +
    "scheduled_start_time run_config flow { id name version environment storage core_version } } }";
}

function notThere(message: string): FailureError {
  return new FailureError({ tag: "configuration", field: "--flow-run", message });
}
