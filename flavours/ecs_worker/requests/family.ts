/**
 * The family under which the task definition of a run is registered.
 *
 * @module
 */

import { transliterate } from "../../../schemas/python/transliterate.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { ownerId } from "./job.ts";

/** @see RegisterTaskDefinition, "family" */
const LONGEST = 255;

/** The family that was given, made one that ECS takes; without one it is made of pool and deployment or flow. */
export function familyOf(run: FlowRun, given: string | undefined): string {
  const family = valid(given ?? "").slice(0, LONGEST);
  return family === "" ? defaultFamily(run) : family;
}

/** A long name of a pool is cut, so that the ids of two deployments stay apart. */
function defaultFamily(run: FlowRun): string {
  const end = `_${valid(ownerId(run))}`.slice(-LONGEST / 2);
  return `prefect_${valid(run.pool.name)}`.slice(0, LONGEST - end.length) + end;
}

/** Letters, digits, `-` and `_`; what is valid already stays as it is. */
function valid(text: string): string {
  if (/^[a-zA-Z0-9_-]*$/.test(text)) return text;
  return transliterate(text.normalize("NFKD")).replaceAll(/[^a-zA-Z0-9_-]+/g, "-").replaceAll(/^-+|-+$/g, "");
}
