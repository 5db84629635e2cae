/**
 * Runs whose rows cannot be read: each is set to Failed with the reason, in parallel with the polls.
 *
 * @module
 */

import type { Log } from "../schemas/contracts/log.ts";
import type { Orchestrator } from "../schemas/contracts/orchestrator.ts";
import { wait } from "../actors/time/wait.ts";
import type { Clock } from "../schemas/time/clock.ts";
import { type Failure, toFailure } from "../schemas/failure/failure.ts";
import type { MalformedRun } from "../schemas/flow_run/flow_run.ts";

/** What refusing needs. */
export interface RefusalDeps {
  readonly orchestrator: Pick<Orchestrator, "fail">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The runs that are being refused. */
export interface Refusals {
  /** Begins to set a run to Failed; a run that is on its way there is left alone. */
  readonly refuse: (bad: MalformedRun) => void;
  /** Runs that need not be read again now: they are being refused, or could not be set to Failed a while ago. */
  readonly ids: () => ReadonlySet<string>;
  /** Returns once all are refused, at the latest after `graceMs` milliseconds. */
  readonly settled: (graceMs: number) => Promise<void>;
}

/** How long a run that could not be set to Failed is left alone, in milliseconds. */
const LEFT_ALONE_MS = 600_000;

/** No run is being refused yet. */
export function makeRefusals({ orchestrator, clock, log }: RefusalDeps): Refusals {
  const underWay = new Map<string, Promise<void>>();
  const leftAlone = new Map<string, number>();
  const ending = new AbortController();
  const fail = async ({ id, version, message }: MalformedRun): Promise<void> => {
    const failure: Failure = { tag: "badFlowRun", field: "flow_run", message };
    try {
      await orchestrator.fail({ id, version, claim: null, held: false }, failure, ending.signal);
    } catch (thrown) {
      leftAlone.set(id, clock.now());
      const why = toFailure(thrown).message;
      const text = `Cannot set flow run ${id} to Failed: ${why}; it is left alone for ${
        LEFT_ALONE_MS / 60_000
      } min`;
      log("ERROR", text, { runId: id });
    } finally {
      underWay.delete(id);
    }
  };
  return {
    refuse: (bad) => {
      if (underWay.has(bad.id) || leftAlone.has(bad.id)) return;
      log("ERROR", bad.message, { runId: bad.id === "" ? null : bad.id });
      if (bad.id !== "") underWay.set(bad.id, fail(bad));
    },
    ids: () => {
      for (const [id, sinceMs] of leftAlone) {
        if (Math.abs(clock.now() - sinceMs) >= LEFT_ALONE_MS) leftAlone.delete(id);
      }
      return new Set([...underWay.keys(), ...leftAlone.keys()]);
    },
    settled: async (graceMs) => {
      if (underWay.size === 0) return;
      const done = new AbortController();
      const late = wait(graceMs, clock, done.signal).catch(() => undefined);
      await Promise.race([Promise.all(underWay.values()), late]);
      done.abort();
      ending.abort();
    },
  };
}
