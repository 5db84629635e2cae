/**
 * What a flow run's own RunTask arguments may not say: the agent starts exactly one task for a run, and knows it by a token
 * of its own and by the run's id.
 *
 * @module
 */

import { badFlowRun } from "../../schemas/flow_run/bad_flow_run.ts";
import type { Json, JsonObject } from "../../schemas/json/json.ts";
import { kindOf } from "../../schemas/json/shape.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";

/** A UUID as the Prefect API writes ids of flow runs, in any case, also as a URN or in braces. */
const UUID = /^(?:urn:uuid:)?\{?([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})\}?$/;

/**
 * Refuses a `count` other than 1, a `clientToken`, and a `startedBy` that is the id of another flow run. The operator's
 * arguments are not asked: they may say all three.
 *
 * @param own the arguments of the run config, without members that are null
 * @throws {FailureError} `badFlowRun`, naming the argument and what is accepted
 */
export function checkOwnArguments(run: FlowRun, own: JsonObject): void {
  for (const [name, problemOf] of REFUSALS) {
    const problem = own[name] === undefined ? undefined : problemOf(own[name], run);
    if (problem !== undefined) throw badFlowRun(run, `run_config.run_task_kwargs.${name}`, problem);
  }
}

type ProblemOf = (value: Json, run: FlowRun) => string | undefined;

const REFUSALS: readonly (readonly [name: string, ProblemOf])[] = [
  ["count", countProblem],
  [
    "clientToken",
    () => "must be left out: the agent sets it, so that a repeated request starts no second task",
  ],
  ["startedBy", startedByProblem],
];

function countProblem(count: Json): string | undefined {
  if (count === 1) return undefined;
  const found = typeof count === "number" || typeof count === "boolean" ? String(count) : kindOf(count);
  return `must be 1 or left out, not ${found}: a flow run is started as exactly one task`;
}

/** Whether it is the id of a flow run cannot be asked here, so every text of an id's form counts as one. */
function startedByProblem(startedBy: Json, { id }: FlowRun): string | undefined {
  if (typeof startedBy !== "string") return undefined;
  const uuid = UUID.exec(startedBy.trim().toLowerCase())?.[1];
  if (uuid === undefined || uuid === id.toLowerCase()) return undefined;
  return "must not be the id of another flow run: tasks are looked for by it; take a text that is no UUID, or leave it out";
}
