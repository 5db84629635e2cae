/**
 * The failure of a flow run that asks for more than the allow-lists grant.
 *
 * @module
 */

import { badFlowRun } from "../../flow_run/bad_flow_run.ts";
import type { RunHeader } from "../../flow_run/flow_run.ts";
import type { NotAllowed } from "./allow_lists.ts";

/** Longest value that a message shows whole. ARNs are shorter. */
const SHOWN_LENGTH = 300;

/** Makes it. @param isShown whether the message may hold the value: one from a file that the run names is not told */
export function notAllowedFailure(
  run: Pick<RunHeader, "id">,
  { option, what, value }: NotAllowed,
  isShown: boolean,
): Error {
  if (value === null) {
    return badFlowRun(
      run,
      what,
      `is not told by ECS, so ${option} cannot judge it: name another task definition`,
    );
  }
  const short = value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value;
  const problem =
    `is not allowed by ${option}: take one that the agent's operator allows, or have it added there`;
  return badFlowRun(run, isShown ? `${what}, ${short},` : what, problem);
}
