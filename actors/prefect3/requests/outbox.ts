/**
 * What the API must be told however long it takes: ids of tasks and ends of runs. Each is sent until it is answered, as long
 * as the process lives.
 *
 * @module
 */

import { type Failure, FailureError, isRetriable, toFailure } from "../../../schemas/failure/failure.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import { backoffMs } from "../../../schemas/time/backoff.ts";
import { wait } from "../../time/wait.ts";

/** One thing to tell. */
export interface Letter<Answer> {
  readonly runId: string;
  /** What it is, for messages: `the id of its task`. */
  readonly what: string;
  readonly send: (signal: AbortSignal) => Promise<Answer>;
}

/** Letters of one process. */
export interface Outbox {
  /**
   * Sends it until it is answered. Within `soonMs` the answer is returned; after that `kept`, and sending goes on.
   *
   * @throws {FailureError} what the API refused for good, within that time
   */
  readonly put: <Answer>(
    letter: Letter<Answer>,
    soonMs: number,
    signal: AbortSignal,
  ) => Promise<{ readonly answer: Answer } | "kept">;
  /** Returns once all are answered or `signal` aborts; nothing is sent any more then. */
  readonly end: (signal: AbortSignal) => Promise<void>;
}

/** What it needs. */
export interface OutboxDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** An empty outbox. */
export function makeOutbox(deps: OutboxDeps): Outbox {
  const life = new AbortController();
  const open = new Set<Promise<unknown>>();
  return {
    put: async (letter, soonMs, signal) => {
      const sent = untilAnswered(letter, deps, life.signal);
      const settled = sent.then(() => undefined, (thrown) => tellRefused(letter, thrown, deps, life.signal));
      open.add(settled);
      settled.finally(() => open.delete(settled));
      const soon = new AbortController();
      const either = AbortSignal.any([signal, soon.signal]);
      const late = wait(soonMs, deps.clock, either).then(() => "kept" as const);
      try {
        return await Promise.race([sent.then((answer) => ({ answer })), late]);
      } finally {
        soon.abort();
        late.catch(() => undefined);
      }
    },
    end: async (signal) => {
      const ended = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([Promise.all(open), ended]);
      life.abort();
    },
  };
}

async function untilAnswered<Answer>(
  { send }: Letter<Answer>,
  { clock, random }: OutboxDeps,
  signal: AbortSignal,
): Promise<Answer> {
  for (let retry = 0;; retry += 1) {
    try {
      return await send(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const failure = toFailure(thrown);
      if (!isRetriable(failure) && !isServerError(failure)) throw thrown;
      await wait(backoffMs(retry + 1, { baseMs: 250, capMs: 30_000, random }), clock, signal);
    }
  }
}

/** Also 501, which no other request is tried again for. */
function isServerError(failure: Failure): boolean {
  return failure.tag === "apiError" && /^5\d\d$/.test(failure.code);
}

function tellRefused(
  { runId, what }: Letter<unknown>,
  thrown: unknown,
  { log }: OutboxDeps,
  signal: AbortSignal,
): void {
  if (signal.aborted) {
    log("ERROR", `The API was not told ${what} of flow run ${runId} before the end of this process`, {
      runId,
    });
    return;
  }
  const why = thrown instanceof FailureError ? thrown.message : String(thrown);
  log("ERROR", `The API takes no word of ${what} of flow run ${runId}: ${why}`, { runId });
}
