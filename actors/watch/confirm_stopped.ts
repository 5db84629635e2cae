/**
 * Looks at a task that was asked to stop until it is gone.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { Platform, StoppedTask, TaskRef, TaskSight } from "../../schemas/contracts/platform.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { type Ask, batch } from "../time/batch.ts";
import { wait } from "../time/wait.ts";

/** How a stop is confirmed. */
export interface ConfirmOptions {
  /** Time between two looks, in milliseconds. */
  readonly pollMs: number;
  /** How long a task may be missing before it is taken for gone, in milliseconds. */
  readonly missingGraceMs: number;
  /** A task that still exists so long after the request is stuck, in milliseconds. */
  readonly giveUpMs: number;
  /** Since when the task has been missing at the time of the request, in milliseconds since 1970. @default it is not known to be */
  readonly missingSinceMs?: number | undefined;
}

/** What confirming needs. */
export interface ConfirmDeps {
  readonly platform: Pick<Platform<unknown>, "look" | "words">;
  readonly clock: Clock;
}

/** Looks at one task; undefined: it could not be looked at now. @throws {FailureError} one that may not be looked at */
export type LookAtTask = Ask<TaskRef, Exclude<TaskSight, { phase: "denied" }> | undefined>;

/** Looks of the same moment share requests. A task that may not be read fails alone; the others still get their answers. */
export function makeLookAtTask({ platform, clock }: ConfirmDeps): LookAtTask {
  return batch({
    clock,
    windowMs: 100,
    maxItems: 100,
    maxInFlight: 2,
    send: async (items, signal) => {
      const seen = await platform.look(items, signal);
      return items.map(({ id }) => {
        const sight = seen.get(id);
        return sight?.phase === "denied" ? { thrown: new FailureError(sight.failure) } : { value: sight };
      });
    },
  });
}

/**
 * Resolves once the task is gone, with what was last seen of it; null: the platform does not show it any more.
 *
 * @throws {FailureError} `deadline` for a task that does not go, and what keeps it from being looked at
 */
export async function confirmStopped(
  task: TaskRef,
  look: LookAtTask,
  { pollMs, missingGraceMs, giveUpMs, clock, platform: { words }, ...before }: ConfirmOptions & ConfirmDeps,
  signal: AbortSignal,
): Promise<StoppedTask | null> {
  const sinceMs = clock.now();
  let missingSinceMs: number | null = before.missingSinceMs ?? null;
  for (;;) {
    const seen = await look(task, signal);
    const now = clock.now();
    if (seen?.phase === "missing") missingSinceMs ??= now;
    else if (seen !== undefined) missingSinceMs = null;
    if (seen?.phase === "stopped") return seen;
    if (missingSinceMs !== null && now - missingSinceMs >= missingGraceMs) return null;
    if (now - sinceMs >= giveUpMs) {
      const status = seen === undefined || seen.phase === "missing" ? "unknown" : seen.status;
      const message = `Task ${task.id} was asked to stop ${Math.round(giveUpMs / 1000)} s ago ` +
        `and its status is still ${status}; look at its host, or ask ${words.provider}`;
      throw new FailureError({ tag: "deadline", stage: "stop", message });
    }
    await wait(pollMs, clock, signal);
  }
}
