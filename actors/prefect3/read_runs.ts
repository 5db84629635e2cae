/**
 * Reads runs back, many with each request.
 *
 * @module
 */

import type { Json } from "../../schemas/json/json.ts";
import { readRunRow, type RunRow } from "../../schemas/prefect3/rows.ts";
import type { Api } from "./api.ts";

/** Most rows of one answer. */
export const MOST_ROWS = 200;

/** Reads runs by id; one that the API does not know, or that cannot be read, is absent. @throws {FailureError} of the API */
export async function readRuns(
  api: Pick<Api, "send">,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly RunRow[]> {
  const found: RunRow[] = [];
  for (let from = 0; from < ids.length; from += MOST_ROWS) {
    const any_ = ids.slice(from, from + MOST_ROWS);
    const { body } = await api.send(filter({ flow_runs: { id: { any_ } } }, 0), signal);
    found.push(...rowsIn(body));
  }
  return found;
}

/** Reads one run; null: the API does not know it. @throws {FailureError} of the API */
export async function readRun(
  api: Pick<Api, "send">,
  runId: string,
  signal: AbortSignal,
): Promise<RunRow | null> {
  const { status, body } = await api.send({
    method: "GET",
    path: ["flow_runs", runId],
    route: "GET /flow_runs/{id}",
    accept: [404],
    runId,
  }, signal);
  const read = status === 404 ? null : readRunRow(body);
  return read !== null && "row" in read ? read.row : null;
}

/** All rows that fit a filter, page by page. @param most rows that are read @throws {FailureError} of the API */
export async function readAllRuns(
  api: Pick<Api, "send">,
  wanted: { readonly [member: string]: Json },
  most: number,
  signal: AbortSignal,
): Promise<readonly RunRow[]> {
  const found: RunRow[] = [];
  for (let offset = 0; offset < most; offset += MOST_ROWS) {
    const { body } = await api.send(filter(wanted, offset), signal);
    found.push(...rowsIn(body));
    if (!Array.isArray(body) || body.length < MOST_ROWS) break;
  }
  return found;
}

function filter(wanted: { readonly [member: string]: Json }, offset: number) {
  return {
    method: "POST",
    path: ["flow_runs", "filter"],
    route: "POST /flow_runs/filter",
    body: { ...wanted, limit: MOST_ROWS, offset, sort: "ID_DESC" },
  } as const;
}

function rowsIn(body: Json): readonly RunRow[] {
  return (Array.isArray(body) ? body : []).flatMap((value) => {
    const read = readRunRow(value);
    return "row" in read ? [read.row] : [];
  });
}
