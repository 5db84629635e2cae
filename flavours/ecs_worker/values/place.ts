/**
 * Places in a job configuration, for messages and for explanations.
 *
 * @module
 */

import type { FailureError } from "../../../schemas/failure/failure.ts";
import { badFlowRun } from "../../../schemas/flow_run/bad_flow_run.ts";
import { escapedName } from "../../../schemas/json/pointer.ts";

/** One place; `up` leads to the root, whose members are those of `job_configuration`. */
export interface Place {
  readonly up: Place | null;
  /** Member or position, as in the template. */
  readonly key: string | number;
  /** Member or position in the result, where items before it may be gone. */
  readonly out: string | number;
}

/** A member of a place. */
export function placeIn(up: Place | null, key: string | number, out: string | number = key): Place {
  return { up, key, out };
}

/** `task_definition.volumes[0].name`. */
export function fieldOf(place: Place): string {
  const own = typeof place.key === "number" ? `[${place.key}]` : place.key;
  if (place.up === null) return own;
  return fieldOf(place.up) + (typeof place.key === "number" ? own : `.${own}`);
}

/** `/task_definition/volumes/0/name`, in the result. */
export function pointerOf(place: Place): string {
  const own = escapedName(String(place.out));
  return `${place.up === null ? "" : pointerOf(place.up)}/${own}`;
}

/** The failure of a run whose configuration cannot be used at a place. @param problem follows the name of the place */
export function refusal(run: { readonly id: string }, place: Place | string, problem: string): FailureError {
  return badFlowRun(run, typeof place === "string" ? place : fieldOf(place), problem);
}
