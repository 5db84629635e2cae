/**
 * The recorded exchanges of the real Prefect 0.15.13 client, agent and runtime.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";

/** One request with the answer it got. */
export interface Exchange {
  readonly n: number;
  /** Seconds since the first exchange. */
  readonly t: number;
  readonly from: string;
  readonly operation: readonly string[] | null;
  readonly request: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: Json;
  };
  readonly response: { readonly status: number | null; readonly body: Json };
}

const FOLDER = new URL("../../wire/prefect1/", import.meta.url);

/** Names of all journeys that were recorded. */
export function journeys(): readonly string[] {
  const names = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name);
  return names.filter((name) => name.endsWith(".json") && !name.includes(".notes.")).map((name) =>
    name.slice(0, -5)
  )
    .sort();
}

/** The exchanges of one journey. */
export function exchanges(journey: string): readonly Exchange[] {
  return JSON.parse(Deno.readTextFileSync(new URL(`${journey}.json`, FOLDER)));
}

/** Serialized flows by name, as some client was answered them; those of the journey itself come before others. */
export function recordedFlows(journey: readonly Exchange[]): ReadonlyMap<string, JsonObject> {
  const flows = new Map<string, JsonObject>();
  for (const exchange of [...journeys().flatMap(exchanges), ...journey]) {
    const body = exchange.response.body as { data?: { flow?: { serialized_flow?: JsonObject }[] } } | null;
    for (const { serialized_flow: flow } of body?.data?.flow ?? []) {
      if (flow !== undefined) flows.set(String(flow["name"]), flow);
    }
  }
  return flows;
}
