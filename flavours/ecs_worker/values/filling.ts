/**
 * What is known and found while one job configuration is filled in.
 *
 * @module
 */

import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import type { Readings, Source } from "../../../schemas/plan/source.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { WorkerFacts } from "../worker_facts.ts";
import type { Origins } from "./origins.ts";
import { type Place, refusal } from "./place.ts";
import type { JobVariables } from "./variables.ts";

/** One job configuration on its way. */
export interface Filling {
  readonly run: FlowRun;
  readonly worker: WorkerFacts;
  readonly variables: JobVariables;
  readonly readings: Readings;
  /** Keys of all sources that were looked up in the readings. */
  readonly asked: Set<string>;
  /** Sources that a value needs and that were not read yet, by key. */
  readonly missing: Map<string, Source>;
  /** Job variables that a placeholder names. */
  readonly used: Set<string>;
  /** Placeholders in values, which are not filled in: the member they are in, by their text. */
  readonly leftovers: Map<string, string>;
  /** Null: nobody asks. */
  readonly origins: Origins | null;
  /** Title of the block that was filled in last. */
  block: string | null;
  /** Characters and values that may still come. */
  characters: number;
  values: number;
}

/** Levels of values within values. */
const DEEPEST = 64;

/** @param origins whether it is noted where values came from */
export function startFilling(
  run: FlowRun,
  worker: WorkerFacts,
  variables: JobVariables,
  readings: Readings,
  origins: Origins | null = null,
): Filling {
  return {
    run,
    worker,
    variables,
    readings,
    asked: new Set(),
    missing: new Map(),
    used: new Set(),
    leftovers: new Map(),
    origins,
    block: null,
    characters: BOUNDS.jobConfiguration.most,
    values: BOUNDS.jobValues.most,
  };
}

/** Counts one value with its characters. @throws {FailureError} `badFlowRun` beyond the bounds, before more is made */
export function spend(filling: Filling, characters: number, place: Place, depth = 0): void {
  filling.characters -= characters;
  filling.values--;
  const bound = filling.characters < 0
    ? BOUNDS.jobConfiguration
    : filling.values < 0
    ? BOUNDS.jobValues
    : undefined;
  if (bound !== undefined) {
    throw refusal(
      filling.run,
      rootOf(place),
      `grows too large: at most ${bound.most} ${bound.unit} are accepted`,
    );
  }
  if (depth > DEEPEST) {
    throw refusal(filling.run, rootOf(place), `nests too deep: at most ${DEEPEST} levels are accepted`);
  }
}

function rootOf(place: Place): Place {
  let root = place;
  while (root.up !== null) root = root.up;
  return root;
}
