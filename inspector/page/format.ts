/**
 * Times, names and numbers as they are read at a glance.
 *
 * @module
 */

/** How long, to about two digits: `41 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. @param ms below 0 counts as 0 */
export function duration(ms: number): string {
  const passed = Math.max(0, ms);
  if (passed < 999.5) return `${Math.round(passed)} ms`;
  if (passed < 59_950) return `${(passed / 1000).toFixed(passed < 9950 ? 1 : 0)} s`;
  const seconds = Math.round(passed / 1000);
  if (seconds < 3600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.floor(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** The same in whole seconds from 1 s on, for counters that tick once a second. */
export function age(ms: number): string {
  if (ms < 1000) return "now";
  return duration(Math.floor(ms / 1000) * 1000).replace(/\.0 s$/, " s");
}

/** Time of day of the person who looks, with milliseconds: `03:12:44.107`. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  const part = (n: number, digits: number): string => String(n).padStart(digits, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => part(n, 2)).join(":");
  return `${time}.${part(date.getMilliseconds(), 3)}`;
}

/** A rate with one digit below ten: `0`, `0.4`, `12`. */
export function rate(perS: number): string {
  if (perS === 0) return "0";
  if (perS < 0.05) return "<0.1";
  return perS < 9.95 ? perS.toFixed(1) : Math.round(perS).toLocaleString("en");
}

/** A count with its thousands parted. */
export function count(n: number): string {
  return n.toLocaleString("en");
}

/** A name of the machine as words: `ensuringTaskDefinition` is `ensuring task definition`. */
export function words(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase();
}

/** The last part of a task's id, which tells it from the others; the whole id where it has no parts. */
export function shortTaskId(id: string): string {
  return id.split("/").at(-1) ?? id;
}
