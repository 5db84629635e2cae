/**
 * Whether Prefect itself gave an answer, or something that stands in front of it.
 *
 * @see Prefect 3.9.1, whose refusals are `{"detail": …}`, or `{"exception_message": …}` with more under `exception_detail`
 * @module
 */

import { isJsonObject, type Json } from "../json/json.ts";

/** Words of a proxy's own answer, which no answer of Prefect consists of. */
const PROXY_WORDS = new Set([
  ...["message", "error", "errors", "error_description", "msg", "reason", "code", "status", "statuscode"],
  ...[
    "status_code",
    "success",
    "path",
    "timestamp",
    "request_id",
    "requestid",
    "detail",
    "details",
    "title",
    "type",
  ],
]);

/** Whether a body with a good status tells only that something went wrong. */
export function isOfProxy(body: Json): boolean {
  if (!isJsonObject(body)) return false;
  const names = Object.keys(body).map((name) => name.toLowerCase());
  const tells = names.some((name) => name === "message" || name === "msg" || name.startsWith("error"));
  return tells && names.every((name) => PROXY_WORDS.has(name));
}

/** Every refusal of Prefect says why under one of these names. */
const REASONS = ["detail", "exception_message", "exception_detail"] as const;

/** Members of "problem details" and the like, which Prefect's own refusals do not have. @see RFC 9457 */
const OF_OTHERS = ["title", "status", "type", "instance", "error", "code", "path", "timestamp"] as const;

/** That something is not there is believed only in Prefect's own form: what it is about would be dropped. */
export function isOfPrefect(status: number, body: Json): boolean {
  if (!isJsonObject(body)) return false;
  if (status === 404 && OF_OTHERS.some((name) => body[name] !== undefined)) return false;
  return REASONS.some((name) => body[name] !== undefined);
}
