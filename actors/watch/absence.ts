/**
 * When a flow run that reads do not show is let go. A lagging replica, a lost permission or a switched tenant hides runs that
 * are there, so one read says nothing.
 *
 * @module
 */

/** Reads of a run that did not show it, without one that did between them. Moments are in milliseconds since 1970. */
export interface Absence {
  readonly sinceMs: number;
  readonly reads: number;
  /** The last of them that showed at least half of the other runs, in a row up to now; null: the newest did not. */
  readonly among: { readonly sinceMs: number; readonly reads: number } | null;
  /** When the tasks of the run were last listed because of its absence; null: not yet. */
  readonly listedMs: number | null;
  /** It was logged that the run is let go. */
  readonly isTold: boolean;
}

/** What one read that did not show a run said of the other runs that it asked for. */
export type Others =
  /** At least half of them were shown. */
  | "shown"
  /** None was asked for, or most of them were not shown either. */
  | "odd";

/** What an absence means so far. */
export type AbsenceVerdict = "wait" | "list" | "letGo";

/** While other runs are shown, a run is let go after this number of reads over this time. */
const LEAST_READS = 3;
const LEAST_MS = 60_000;

/** Without other runs to compare it is let go after this time, and only when its tasks, once listed, are not live. */
const ODD_MS = 600_000;

/** Its tasks are listed at most once in this time. */
const LIST_AGAIN_MS = 60_000;

/** Adds a read that did not show the run. */
export function absentAgain(before: Absence | null, others: Others, atMs: number): Absence {
  const among = others === "odd"
    ? null
    : { sinceMs: before?.among?.sinceMs ?? atMs, reads: (before?.among?.reads ?? 0) + 1 };
  return {
    sinceMs: before?.sinceMs ?? atMs,
    reads: (before?.reads ?? 0) + 1,
    among,
    listedMs: before?.listedMs ?? null,
    isTold: before?.isTold ?? false,
  };
}

/** What is to be done about a run after a read at `atMs` that did not show it. */
export function verdictOn({ sinceMs, among, listedMs }: Absence, atMs: number): AbsenceVerdict {
  if (among !== null && among.reads >= LEAST_READS && atMs - among.sinceMs >= LEAST_MS) return "letGo";
  if (atMs - sinceMs < ODD_MS) return "wait";
  return listedMs === null || atMs - listedMs >= LIST_AGAIN_MS ? "list" : "wait";
}

/** What a read said of the runs beside one that it did not show. */
export function othersOf(asked: number, shown: number): Others {
  return asked > 1 && shown * 2 >= asked - 1 ? "shown" : "odd";
}
