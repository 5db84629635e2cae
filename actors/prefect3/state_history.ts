/**
 * What the states that a run has gone through tell of its present launch.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import type { RunRow } from "../../schemas/prefect3/rows.ts";
import type { Api } from "./api.ts";
import type { ProposedState } from "./propose.ts";

/** States of a run, the newest first. @throws {FailureError} of the API */
async function statesOf(
  runId: string,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const { body } = await api.send({
    method: "GET",
    path: ["flow_run_states", ""],
    query: { flow_run_id: runId },
    route: "GET /flow_run_states/",
    runId,
  }, signal);
  const states = Array.isArray(body) ? body.filter(isJsonObject) : [];
  // The API tells them in their order: of two at one moment the later one comes first here, too.
  return states.toReversed().toSorted((one, other) => timeOf(other["timestamp"]) - timeOf(one["timestamp"]));
}

function timeOf(value: Json | undefined): number {
  return typeof value === "string" ? Date.parse(value) : 0;
}

/** Scheduled time of the newest SCHEDULED state, which was set for this run alone. @throws {FailureError} of the API */
export async function lastScheduled(
  row: RunRow,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<string | null> {
  const scheduled = (await statesOf(row.id, api, signal)).find(({ type }) => type === "SCHEDULED");
  const details = scheduled?.["state_details"];
  const time = isJsonObject(details) ? details["scheduled_time"] : null;
  return typeof time === "string" ? time : row.scheduledTime;
}

const ENDS: ReadonlyMap<string, ProposedState["type"]> = new Map(
  (["COMPLETED", "FAILED", "CRASHED", "CANCELLED"] as const).map((type) => [type, type]),
);

/**
 * The end that a PENDING run had come to since it was scheduled; null: none. The API lets PENDING follow the end of a run, so
 * a proposal of its launch that is delivered late, or twice, takes the end back.
 *
 * @throws {FailureError} of the API
 */
export async function endTakenBack(
  { id }: Pick<RunRow, "id">,
  api: Pick<Api, "send">,
  signal: AbortSignal,
): Promise<ProposedState | null> {
  for (const { type, name, message } of await statesOf(id, api, signal)) {
    const end = ENDS.get(String(type));
    if (end !== undefined) {
      return {
        type: end,
        name: typeof name === "string" ? name : end,
        message: typeof message === "string" ? message : null,
      };
    }
    // What it came to before that belongs to an earlier launch.
    if (type === "SCHEDULED") return null;
  }
  return null;
}
