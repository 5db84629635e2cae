/**
 * Answers to reads of flow runs in which runs that the API did not show stand with a state that they do not have: what an
 * agent would see that takes such a read for the truth.
 *
 * @module
 */

import type { HttpAnswer, HttpCall } from "../actors/http/http.ts";
import { isJsonObject, type Json, type JsonObject } from "../schemas/json/json.ts";

/** HTTP to the Prefect API; a run that a read of states does not show is in the answer with a state of this type. */
export function showingHiddenRuns(call: HttpCall, type: string): HttpCall {
  const versions = new Map<string, number>();
  return async (request) => {
    const answer = await call(request);
    const asked = askedStates(String(request.body));
    const data: Json = parsed(new TextDecoder().decode(answer.body));
    const rows = isJsonObject(data) && isJsonObject(data.data) ? data.data.flow_run : undefined;
    if (!Array.isArray(rows)) return answer;
    for (const { id, version } of rows.filter(isJsonObject)) {
      if (typeof version === "number") {
        versions.set(String(id), Math.max(version, versions.get(String(id)) ?? 0));
      }
    }
    const shown = new Set(rows.filter(isJsonObject).map(({ id }) => String(id)));
    const hidden = asked.filter((id) => !shown.has(id)).map((id) => rowOf(id, type, versions.get(id) ?? 0));
    return hidden.length === 0 ? answer : withRows(answer, [...rows, ...hidden]);
  };
}

/** Ids of the runs whose states a request reads back; none for other requests. */
function askedStates(body: string): readonly string[] {
  const request = parsed(body);
  const query = isJsonObject(request) ? String(request.query) : "";
  const list = /flow_run\(where: \{ id: \{ _in: (\[[^\]]*\]) \} \}\) \{ id version state serialized_state/
    .exec(query)?.[1];
  const ids = list === undefined ? null : parsed(list);
  return Array.isArray(ids) ? ids.map(String) : [];
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The claim has set the version after the one that was read last. */
function rowOf(id: string, type: string, version: number): JsonObject {
  return { id, version: version + 1, serialized_state: { type }, states: [], task_runs: [] };
}

function withRows(answer: HttpAnswer, rows: Json[]): HttpAnswer {
  return { ...answer, body: new TextEncoder().encode(JSON.stringify({ data: { flow_run: rows } })) };
}
