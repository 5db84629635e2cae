/**
 * Moments as the API answers them: UTC with microseconds and `+00:00`.
 *
 * @module
 */

import { microsText, readMicros } from "../../time/micros.ts";
import { refusal } from "./refusal.ts";

/**
 * A moment as text.
 *
 * @param micros microseconds since 1970-01-01T00:00:00Z
 */
export function timestampOf(micros: number): string {
  return `${microsText(micros)}+00:00`;
}

/**
 * Brings a client's ISO-8601 text into the one form that is stored. A missing zone is UTC, as the real API reads it.
 *
 * @throws {FailureError} `apiError` for anything that is not a moment
 */
export function normalTimestamp(text: string): string {
  const micros = readMicros(text);
  if (micros !== null) return timestampOf(micros);
  throw refusal(
    `invalid input syntax for type timestamp with time zone: ${JSON.stringify(text)}`,
    "data-exception",
  );
}
