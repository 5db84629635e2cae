/**
 * Moments as the API answers them: UTC, microseconds, `+00:00`, of equal length so that texts sort like times.
 *
 * @module
 */

import { refusal } from "./refusal.ts";

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:(Z|z)|([+-])(\d\d):?(\d\d)?)?$/;

/**
 * A moment as text.
 *
 * @param micros microseconds since 1970-01-01T00:00:00Z
 */
export function timestampOf(micros: number): string {
  const milliseconds = Math.floor(micros / 1000);
  const rest = String(micros - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}+00:00`;
}

/**
 * The way back, for texts that {@link timestampOf} or {@link normalTimestamp} wrote.
 *
 * @returns microseconds since 1970-01-01T00:00:00Z
 */
export function microsOf(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 23)}Z`) * 1000 + Number(timestamp.slice(23, 26));
}

/**
 * Brings a client's ISO-8601 text into the one form that is stored. A missing zone is UTC, as the real API reads it.
 *
 * @throws {FailureError} `apiError` for anything that is not a moment
 */
export function normalTimestamp(text: string): string {
  const found = MOMENT.exec(text.trim());
  if (found === null) throw notAMoment(text);
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = ""] = found;
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // The 30th of February and the 25th hour roll over into other moments
  const isOnTheClock = new Date(wall).toISOString().startsWith(
    `${year}-${month}-${day}T${hour}:${minute}:${second}`,
  );
  if (!isOnTheClock) throw notAMoment(text);
  const [, , , , , , , , , sign, zoneHours = "0", zoneMinutes = "0"] = found;
  const offset = (sign === "-" ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return timestampOf(
    (wall - (sign === undefined ? 0 : offset)) * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6)),
  );
}

function notAMoment(text: string): Error {
  return refusal(
    `invalid input syntax for type timestamp with time zone: ${JSON.stringify(text)}`,
    "data-exception",
  );
}
