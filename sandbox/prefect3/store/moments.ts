/**
 * Moments as the API answers them: UTC with microseconds and `Z`.
 *
 * @module
 */

import { microsText, readMicros } from "../../time/micros.ts";

/** A moment as text. @param micros microseconds since 1970 */
export function momentText(micros: number): string {
  return `${microsText(micros)}Z`;
}

/** Brings ISO 8601 text into the one form that is stored; a missing zone is UTC. Null: it is no moment. */
export function readMoment(text: string): string | null {
  const micros = readMicros(text);
  return micros === null ? null : momentText(micros);
}
