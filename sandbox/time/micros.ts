/**
 * Moments in microseconds since 1970, and ISO 8601. Both APIs of the sandbox store texts of equal length in UTC, which sort
 * like times, each with its own word for UTC at the end.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";

/** Year 1 begins. */
const FIRST_YEAR = Date.parse("0001-01-01T00:00:00Z") * 1000;

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:(Z|z)|([+-])(\d\d):?(\d\d)?)?$/;

/** Moments of a clock, never the same twice, so that rows sort in the order of their making. */
export function uniqueMicros(clock: Pick<Clock, "now">): () => number {
  let last = 0;
  return () => last = Math.max(last + 1, clock.now() * 1000);
}

/** A moment as `2026-11-21T08:02:21.374424`, without a zone. @param micros microseconds since 1970 */
export function microsText(micros: number): string {
  const milliseconds = Math.floor(micros / 1000);
  const rest = String(micros - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}`;
}

/** Microseconds since 1970 of a text that begins with one of {@link microsText}. */
export function microsOf(moment: string): number {
  return Date.parse(`${moment.slice(0, 23)}Z`) * 1000 + Number(moment.slice(23, 26));
}

/** Microseconds since 1970 of ISO 8601 text; a missing zone is UTC. Null: it is no moment of the years 1 to 9999. */
export function readMicros(text: string): number | null {
  const found = MOMENT.exec(text.trim());
  if (found === null) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = ""] = found;
  const clock = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const wall = Date.parse(`${clock}Z`);
  // The 30th of February and the 24th hour roll over into other moments.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(clock)) return null;
  const [, , , , , , , , , sign, zoneHours = "0", zoneMinutes = "0"] = found;
  const offset = (sign === "-" ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  const micros = (wall - (sign === undefined ? 0 : offset)) * 1000 +
    Number(fraction.padEnd(6, "0").slice(0, 6));
  return isWritable(micros) ? micros : null;
}

/** Whether a year of four digits is left after the zone is taken off. */
function isWritable(micros: number): boolean {
  return micros >= FIRST_YEAR && micros < Date.UTC(9999, 11, 31) * 1000;
}
