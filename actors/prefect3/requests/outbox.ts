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
  /** Sends it once or more. @param again is called before each further time: where it throws, it is not sent any more */
  readonly send: (signal: AbortSignal, again: Again) => Promise<Answer>;
  /** Whether it is still to be told: asked before it is sent again. @default it is */
  readonly isStill?: (signal: AbortSignal) => Promise<boolean>;
  /** It names the task of a run. One is sent at a time: the task that was launched last is the one that counts. @default false */
  readonly namesTask?: boolean;
}

/** Permits that a letter is sent again. @throws {FailureError} `claimLost` where it is not to be told any more */
type Again = (signal: AbortSignal) => Promise<void>;

/** What became of a letter; `dropped`: it was not to be told any more before it was answered. */
export type Told<Answer> = { readonly answer: Answer } | "dropped";

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
  ) => Promise<Told<Answer> | "kept">;
  /** A run is launched anew: the ids of its earlier tasks are not sent again. What is under way is not called back. */
  readonly drop: (runId: string) => void;
  /** Returns once all are answered or `signal` aborts; nothing is sent any more then. */
  readonly end: (signal: AbortSignal) => Promise<void>;
}

/** What it needs. */
export interface OutboxDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What becomes of one letter. */
interface Fate {
  /** It is not sent again. */
  isDropped: boolean;
  /** Settles once nothing of it is under way any more, nor of the letters before it. Never rejects. */
  over: Promise<unknown>;
}

/** An empty outbox. */
export function makeOutbox(deps: OutboxDeps): Outbox {
  const life = new AbortController();
  const open = new Set<Promise<unknown>>();
  /** By run: the newest letter that names its task and is not over. */
  const ofTasks = new Map<string, Fate>();
  const begin = <Answer>(letter: Letter<Answer>): Promise<Told<Answer>> => {
    const earlier = letter.namesTask === true ? ofTasks.get(letter.runId) : undefined;
    const fate: Fate = { isDropped: false, over: Promise.resolve() };
    const sent = untilAnswered(letter, fate, deps, life.signal);
    const told = sent.catch((thrown: unknown) => tellRefused(letter, thrown, deps, life.signal));
    fate.over = earlier === undefined ? told : after(earlier, letter, { fate, told }, deps, life.signal);
    open.add(fate.over);
    if (letter.namesTask === true) ofTasks.set(letter.runId, fate);
    fate.over.finally(() => {
      open.delete(fate.over);
      if (ofTasks.get(letter.runId) === fate) ofTasks.delete(letter.runId);
    });
    return sent;
  };
  return {
    put: async (letter, soonMs, signal) => {
      const sent = begin(letter);
      const soon = new AbortController();
      const either = AbortSignal.any([signal, soon.signal]);
      const late = wait(soonMs, deps.clock, either).then(() => "kept" as const);
      try {
        return await Promise.race([sent, late]);
      } finally {
        soon.abort();
        late.catch(() => undefined);
      }
    },
    drop: (runId) => {
      const fate = ofTasks.get(runId);
      if (fate !== undefined) fate.isDropped = true;
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

/** A letter, and what is known of it so far. */
interface Sent<Answer> {
  readonly fate: Fate;
  readonly told: Promise<Told<Answer> | void>;
}

/**
 * An earlier letter of the same run is not sent again, but a request of it that is under way may be carried out after this one:
 * once it is over, this one is sent once more.
 */
async function after<Answer>(
  earlier: Fate,
  letter: Letter<Answer>,
  { fate, told }: Sent<Answer>,
  deps: OutboxDeps,
  signal: AbortSignal,
): Promise<void> {
  earlier.isDropped = true;
  const [end] = await Promise.all([told, earlier.over]);
  if (typeof end !== "object" || fate.isDropped || signal.aborted) return;
  await untilAnswered(letter, fate, deps, signal)
    .catch((thrown: unknown) => tellRefused(letter, thrown, deps, signal));
}

async function untilAnswered<Answer>(
  letter: Letter<Answer>,
  fate: Fate,
  { clock, random }: OutboxDeps,
  signal: AbortSignal,
): Promise<Told<Answer>> {
  const again: Again = async (its) => {
    if (!fate.isDropped && letter.isStill !== undefined && !await letter.isStill(its)) fate.isDropped = true;
    if (fate.isDropped) throw new FailureError({ tag: "claimLost", message: `${letter.what} is outdated` });
  };
  for (let retry = 0;; retry += 1) {
    try {
      if (retry > 0) await again(signal);
      return { answer: await letter.send(signal, again) };
    } catch (thrown) {
      signal.throwIfAborted();
      if (fate.isDropped) return "dropped";
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
