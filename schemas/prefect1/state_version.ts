/**
 * Versions of states: numbers in Prefect 1, texts in the agent.
 *
 * @module
 */

import type { StateVersion } from "../flow_run/flow_run.ts";

/** The version of a state as the agent carries it. */
export function stateVersion(version: number): StateVersion {
  return String(version);
}

/**
 * The version of a state as the API takes it, null when it is not known.
 *
 * @throws {RangeError} for a text that no answer of this API was made into: a fault of the program
 */
export function versionNumber(version: StateVersion | null): number | null {
  if (version === null) return null;
  const number = Number(version);
  if (Number.isFinite(number) && String(number) === version) return number;
  throw new RangeError(`Cannot use ${version} as the version of a state: it is not a number`);
}
