/**
 * A message of a websocket of the Prefect 3 API.
 *
 * @module
 */

import { isDeeperThan, MAX_DEPTH } from "../json/depth.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";
import { parseJson } from "../json/number_source.ts";

/** Reads a message; null: it is no JSON object, or it nests too deep. Its length is bounded by the socket. */
export function readFrame(text: string): JsonObject | null {
  try {
    const frame = parseJson(text);
    return isJsonObject(frame) && !isDeeperThan(frame, MAX_DEPTH) ? frame : null;
  } catch {
    return null;
  }
}

/** A moment as the API writes it, in milliseconds since 1970; null for anything else. */
export function momentMs(text: string): number | null {
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : moment;
}
