/**
 * Moments as the Prefect 1 API writes them.
 *
 * @module
 */

/**
 * ISO 8601 in UTC with the offset spelled out, as the Python client sends it.
 *
 * @param ms milliseconds since 1970
 */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace(/(\.000)?Z$/, "+00:00");
}

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:[zZ]|([+-]\d{2}):?(\d{2})?)?$/;

/**
 * Reads a moment; a missing zone means UTC.
 *
 * @returns milliseconds since 1970, null for a text that is not a date and time
 * @see recorded: agent-scheduled-later; Prefect 0.15.13 utilities/serialization.py
 */
export function momentOf(text: string): number | null {
  const [, date, time, hours, minutes] = DATE_TIME.exec(text) ?? [];
  if (date === undefined) return null;
  const zone = hours === undefined ? "Z" : `${hours}:${minutes ?? "00"}`;
  const ms = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}
