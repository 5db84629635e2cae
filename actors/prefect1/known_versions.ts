/**
 * Versions of flow runs that this process has set or read. A replica of the API's database may lag, so a row can be older
 * than what this process itself did; such a row is passed over, as if the read had not shown the run.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import { isScheduled } from "../../schemas/prefect1/state.ts";

/** What of a row tells its age. */
export interface Dated {
  readonly id: string;
  readonly version: number;
  /** Type of the state. */
  readonly type: string;
}

/** The versions of one process. */
export interface KnownVersions {
  /** A claim was granted on a run that had this version. */
  readonly claimed: (id: string, version: number) => void;
  /** Notes the row, or says that it is older than what is known of the run. */
  readonly isStale: (row: Dated) => boolean;
}

interface Known {
  readonly version: number;
  /** The version that this process claimed; null: it claimed none. */
  readonly claimed: number | null;
}

/** Most runs that are remembered; the oldest is forgotten first. A run of average length is over long before that. */
const MOST_RUNS = 20_000;

/** No version known yet. */
export function makeKnownVersions(): KnownVersions {
  const known = new Map<string, Known>();
  const keep = (id: string, one: Known): void => {
    known.delete(id);
    known.set(id, one);
    forgetOldest(known, MOST_RUNS);
  };
  return {
    claimed: (id, version) =>
      keep(id, { version: Math.max(version, known.get(id)?.version ?? 0), claimed: version }),
    isStale: ({ id, version, type }) => {
      const before = known.get(id);
      // An API without versions gives the same number for every state.
      const isOlder = before !== undefined &&
        (version < before.version || (version === before.claimed && isScheduled(type)));
      if (isOlder) return true;
      if (version !== before?.version) keep(id, { version, claimed: before?.claimed ?? null });
      return false;
    },
  };
}
