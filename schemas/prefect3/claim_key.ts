/**
 * The right to launch a flow run of Prefect 3 once: the moment that it was scheduled for. The API carries that moment from
 * SCHEDULED to PENDING and over every PENDING state, and gives a run that comes back another.
 *
 * @module
 */

/** Key of a run that was scheduled for no moment. */
const UNSCHEDULED = "unscheduled";

/** The key, the same for every spelling of the same moment. @param scheduledTime as the API gave it */
export function claimKeyOf(scheduledTime: string | null): string {
  if (scheduledTime === null) return UNSCHEDULED;
  const ms = Date.parse(scheduledTime);
  if (Number.isNaN(ms)) return UNSCHEDULED;
  // A moment has microseconds; `Date` keeps milliseconds.
  const micros = /\.\d{3}(\d{1,3})/.exec(scheduledTime)?.[1]?.padEnd(3, "0") ?? "000";
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}Z`;
}
