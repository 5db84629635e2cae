/**
 * Removes Jobs whose runs know their end, and Jobs that must not go on.
 *
 * @module
 */

import { retryAfterOf, toFailure } from "../../schemas/failure/failure.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { StoppedTask } from "../../schemas/contracts/platform.ts";
import type { KeepJobs } from "../../schemas/kubernetes/cluster_settings.ts";
import { isForbidden } from "../../schemas/kubernetes/objects/status.ts";
import { backoffMs } from "../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { wait } from "../time/wait.ts";
import type { KubeCalls } from "./requests/calls.ts";
import type { JobStore } from "./watching/store.ts";

/** What removing needs. */
export interface RemoveDeps {
  readonly namespace: string;
  readonly keepJobs: KeepJobs;
  readonly calls: Pick<KubeCalls, "deleteJob">;
  readonly store: JobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Removes Jobs. */
export interface RemoveJobs {
  /** Deletes a Job with its pods, once. @param because why, although Jobs are kept @throws {FailureError} */
  readonly now: (name: string, because: string, signal: AbortSignal) => Promise<void>;
  /** The run of a Job that has ended knows it. It is deleted in the background, unless it is to stay. */
  readonly settled: (name: string, seen: StoppedTask) => void;
  /** A Job that has ended stays for a while longer, as another process may still ask for one of its name. */
  readonly keepFor: (name: string) => void;
  readonly close: () => void;
}

const PAUSES = { baseMs: 1000, capMs: 60_000 } as const;

/** So long the name of a Job that was taken up stays taken, in milliseconds. */
const TAKEN_UP_MS = 12_000;

/** A right that was missing is tried again after this time, in milliseconds. */
const RIGHTS_MS = 60_000;

/** Makes it. */
export function makeRemoveJobs(deps: RemoveDeps): RemoveJobs {
  const { namespace, keepJobs, calls, store } = deps;
  const life = new AbortController();
  const keptUntil = new Map<string, number>();
  const remove = async (name: string, because: string | null, signal: AbortSignal) => {
    const picture = store.picture(name);
    store.asked(name, because);
    try {
      const wasThere = await calls.deleteJob({ namespace, name }, picture?.job.uid ?? "", signal);
      if (!wasThere && picture !== null) store.dropJob(picture.job);
    } catch (thrown) {
      store.notAsked(name);
      throw thrown;
    }
  };
  return {
    now: (name, because, signal) => remove(name, keepJobs === "none" ? null : because, signal),
    settled: (name, { failed }) => {
      if (keepJobs === "all" || (keepJobs === "failed" && failed)) return;
      if (store.picture(name)?.gone !== null) return;
      const leftMs = (keptUntil.get(name) ?? 0) - deps.clock.now();
      // A clock that was set back must not keep it for longer.
      const keptMs = Math.min(TAKEN_UP_MS, Math.max(0, leftMs));
      keptUntil.delete(name);
      wait(keptMs, deps.clock, life.signal)
        .then(() =>
          removeLater(name, { ...deps, remove: (signal) => remove(name, null, signal) }, life.signal)
        )
        .catch(() => undefined);
    },
    keepFor: (name) => void keptUntil.set(name, deps.clock.now() + TAKEN_UP_MS),
    close: () => life.abort(),
  };
}

async function removeLater(
  name: string,
  { remove, clock, random, log }: RemoveDeps & {
    readonly remove: (signal: AbortSignal) => Promise<void>;
  },
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1;; failures++) {
    try {
      return await remove(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      log("DEBUG", `Job ${name} cannot be deleted now: ${failure.message}`);
      const leastMs = isForbidden(failure) ? RIGHTS_MS : retryAfterOf(failure);
      await wait(Math.max(leastMs, backoffMs(failures, { ...PAUSES, random })), clock, signal);
    }
  }
}
