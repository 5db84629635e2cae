/**
 * Moments as the API answers them: UTC with microseconds and `Z`, of equal length so that texts sort like times.
 *
 * @module
 */

/** The year 1; `Date.UTC(1)` would be 1901. */
const FIRST_YEAR = Date.parse("0001-01-01T00:00:00Z") * 1000;

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:(Z|z)|([+-])(\d\d):?(\d\d)?)?$/;

/** A moment as text. @param micros microseconds since 1970 */
export function momentText(micros: number): string {
  const milliseconds = Math.floor(micros / 1000);
  const rest = String(micros - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}

/** Microseconds since 1970 of a text that {@link momentText} wrote. */
export function microsOf(moment: string): number {
  return Date.parse(`${moment.slice(0, 23)}Z`) * 1000 + Number(moment.slice(23, 26));
}

/** Brings ISO 8601 text into the one form that is stored; a missing zone is UTC. Null: it is no moment. */
export function readMoment(text: string): string | null {
  const found = MOMENT.exec(text.trim());
  if (found === null) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = ""] = found;
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // The 30th of February and the 25th hour roll over into other moments.
  const isOnTheClock = !Number.isNaN(wall) &&
    new Date(wall).toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  if (!isOnTheClock) return null;
  const [, , , , , , , , , sign, zoneHours = "0", zoneMinutes = "0"] = found;
  const offset = (sign === "-" ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  const micros = (wall - (sign === undefined ? 0 : offset)) * 1000 +
    Number(fraction.padEnd(6, "0").slice(0, 6));
  return isWritable(micros) ? momentText(micros) : null;
}

/** Whether a year of four digits is left after the zone is taken off. */
function isWritable(micros: number): boolean {
  return micros >= FIRST_YEAR && micros < Date.UTC(9999, 11, 31) * 1000;
}
