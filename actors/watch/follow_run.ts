/**
 * Follows one run: applies each observation and makes the steps that result from it.
 *
 * @module
 */

import { forgetOldest } from "../../schemas/bounds/forget_oldest.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { Platform, TaskRef } from "../../schemas/contracts/platform.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { FlowRunEvent } from "../../schemas/flow_run/events.ts";
import { explainEnd, findLive, isMeantToHaveNone, type SettlePort } from "./settle.ts";
import { type Graces, type Look, look, type Step, type WatchedRun } from "./watched_run.ts";

/** Receives what becomes of a run. */
export type Tell = (event: FlowRunEvent) => void;

/** One run that is followed. */
export interface Followed {
  readonly tell: Tell;
  run: WatchedRun;
  /** Its present task; null: none is known. */
  ref: TaskRef | null;
  /** Zone of its present task, see the contract of a platform. */
  zone: string;
  /** The task with its status as last told; null: none was. */
  status: string | null;
  /** The same, as the platform's queue has told it. */
  pushed: string | null;
}

/** What following works with. */
export interface FollowPort extends SettlePort, Graces {
  readonly platform: SettlePort["platform"] & Pick<Platform<unknown>, "zone" | "words">;
  readonly clock: Clock;
  readonly log: Log;
  /** Ids of tasks whose end was explained to their runs; a bounded number. */
  readonly explained: Set<string>;
}

/** Tasks that are remembered as explained. */
const MOST_EXPLAINED = 20_000;

/** The end of a task was explained to its run. */
export function noteExplained(taskId: string, explained: Set<string>): void {
  explained.add(taskId);
  forgetOldest(explained, MOST_EXPLAINED);
}

/** The task that a run has now. */
export function refOf({ taskId, target }: WatchedRun): TaskRef | null {
  return taskId === null ? null : { id: taskId, place: target.place };
}

/** Applies an observation and makes the steps that result. @returns a listing that the round waits for; null: none */
export function take(one: Followed, seen: Look, port: FollowPort, signal: AbortSignal): Promise<void> | null {
  const { run } = one;
  const [next, steps] = look(run, seen, port);
  one.run = next;
  if (next.taskId !== run.taskId) {
    const { runId, place } = next.target;
    one.ref = refOf(next);
    one.zone = port.platform.zone({ runId, taskId: next.taskId, place });
  }
  let listed: Promise<void> | null = null;
  for (const step of steps) {
    if (step.do === "list") listed = list(one, port, signal);
    else make(step, one, port, signal);
  }
  return listed;
}

async function list(one: Followed, port: FollowPort, signal: AbortSignal): Promise<void> {
  const askedMs = port.clock.now();
  const live = await findLive(one.run, port, signal);
  take(one, { of: "list", live, askedMs, atMs: port.clock.now() }, port, signal);
}

function make(
  step: Exclude<Step, { do: "list" }>,
  one: Followed,
  port: FollowPort,
  signal: AbortSignal,
): void {
  switch (step.do) {
    case "tell":
      return one.tell(step.event);
    case "listAbsent":
      return settle(one, () => listAbsent(one, port, signal), port);
    case "letGo":
      return sayLetGo(one.run.target.runId, step, port);
    case "warn":
      return warnOfUnseen(one.run.target.runId, step.taskId, port);
    case "inquire":
      return settle(one, () => inquire(one, step, port, signal), port);
    case "explain":
      return settle(one, () => explain(one, step, port, signal), port);
  }
}

/** Repeats a step that failed with the next observation. */
function settle(one: Followed, work: () => Promise<void>, port: FollowPort): void {
  work().catch((thrown) => {
    one.run = look(one.run, { of: "failure" }, port)[0];
    const { message } = toFailure(thrown);
    const { runId } = one.run.target;
    port.log("DEBUG", `Cannot settle flow run ${runId} now: ${message}`, { runId });
  });
}

async function inquire(
  one: Followed,
  { seen, state }: Extract<Step, { do: "inquire" }>,
  port: FollowPort,
  signal: AbortSignal,
): Promise<void> {
  const { run } = one;
  const isMeant = await isMeantToHaveNone({ run, seen, state }, port, signal);
  const found = isMeant ? "meant" : await findLive(run, port, signal);
  if (found === "unknown") {
    const message = `${port.platform.words.name} did not answer`;
    throw new FailureError({ tag: "unavailable", status: 0, message });
  }
  take(one, { of: "inquiry", state, found, atMs: port.clock.now() }, port, signal);
}

async function explain(
  one: Followed,
  { seen, state }: Extract<Step, { do: "explain" }>,
  port: FollowPort,
  signal: AbortSignal,
): Promise<void> {
  const failure = await explainEnd({ run: one.run, seen, state }, port, signal);
  if (signal.aborted) return;
  if (one.run.taskId !== null) noteExplained(one.run.taskId, port.explained);
  one.tell({ type: "task.stopped", failure, version: state.version });
}

async function listAbsent(one: Followed, port: FollowPort, signal: AbortSignal): Promise<void> {
  const live = await findLive(one.run, port, signal);
  take(one, { of: "absentList", live, atMs: port.clock.now() }, port, signal);
}

function sayLetGo(
  runId: string,
  { absence: { sinceMs, reads, among }, atMs }: Extract<Step, { do: "letGo" }>,
  { log, platform: { words } }: FollowPort,
): void {
  const forText = `${Math.round((atMs - sinceMs) / 1000)} s`;
  const odd = among === null
    ? `, nor most of the other runs, and ${words.name} shows no live task of it`
    : ", while it shows others";
  log(
    "WARNING",
    `Flow run ${runId} is let go: the API has not shown it in ${reads} reads over ${forText}${odd}. ` +
      "Look whether it was deleted, and whether the agent may still read it",
    { runId },
  );
}

function warnOfUnseen(runId: string, taskId: string | null, { log, platform: { words } }: FollowPort): void {
  log(
    "WARNING",
    `Flow run ${runId} is Running although its task ${
      taskId ?? ""
    } has stopped, most likely by a task that ` +
      `another process of this agent started; allow ${words.listPermission}, or its end may go unnoticed`,
    { runId },
  );
}
