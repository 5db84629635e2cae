/**
 * Dates and moments of YAML 1.1, written again as Python's `isoformat()` writes them.
 *
 * @module
 */
import type { PyValue } from "../python/value.ts";

const TIMESTAMP = new RegExp(
  String.raw`^(\d{4})-(\d\d?)-(\d\d?)` +
    String.raw`(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?$`,
);

/** Reads a date or a moment; undefined when the text is neither or names no day, hour or zone that exists. */
export function timestampOf(text: string): PyValue | undefined {
  const [found, year = "", month = "", day = "", hour, minute = "", second = "", fraction = "", zone = ""] =
    TIMESTAMP.exec(text) ?? [];
  if (found === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (hour === undefined) return { kind: "date", iso: date };
  const offset = isoOffset(zone);
  if (offset === undefined || !isTime(Number(hour), Number(minute), Number(second))) return undefined;
  const time = `${hour.padStart(2, "0")}:${minute}:${second}${isoFraction(fraction)}${offset}`;
  return { kind: "datetime", iso: `${date}T${time}` };
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isTime(hour: number, minute: number, second: number): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

function isoFraction(digits: string): string {
  const micros = digits.slice(0, 6).padEnd(6, "0");
  return micros === "000000" ? "" : `.${micros}`;
}

const MINUTES_PER_DAY = 24 * 60;

function isoOffset(zone: string): string | undefined {
  if (zone === "") return "";
  const [, sign = "+", hours = "0", minutes = "0"] = /^([-+])(\d+)(?::(\d+))?$/.exec(zone) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  if (offset >= MINUTES_PER_DAY) return undefined;
  const [hour, minute] = [Math.floor(offset / 60), offset % 60].map((part) => String(part).padStart(2, "0"));
  return `${offset === 0 ? "+" : sign}${hour}:${minute}`;
}
