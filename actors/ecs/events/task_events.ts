/**
 * Reads the queue of task events. Events only make faster what polling finds as well; of several events of one task the newest
 * version counts.
 *
 * @module
 */

import { forgetOldest } from "../../../schemas/bounds/forget_oldest.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import type { TaskChange, TaskOwner } from "../../../schemas/contracts/platform.ts";
import { logSources } from "../../../schemas/ecs/log_places.ts";
import { seenTask } from "../../../schemas/ecs/seen_task.ts";
import { readTaskEvent, type TaskEvent } from "../../../schemas/ecs/events/task_event.ts";
import { strayPlace } from "../../../schemas/ecs/task_place.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { backoffMs } from "../../../schemas/time/backoff.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import type { QueueCalls, QueueMessage } from "../../aws/queue.ts";
import { batch } from "../../time/batch.ts";
import { makeTroubleReport } from "../../time/trouble_report.ts";
import { wait } from "../../time/wait.ts";
import type { Task } from "../calls.ts";
import type { PacedCalls } from "../paced_calls.ts";

/** What reading needs. */
export interface TaskEventsDeps {
  /** Name of the queue. */
  readonly name: string;
  readonly queue: QueueCalls;
  readonly ecs: Pick<PacedCalls, "describeTasks" | "describeTaskDefinition">;
  /** Reads the detail of an event as a task. */
  readonly readTask: (detail: TaskEvent["detail"]) => Task;
  /** Told that a task has stopped. @param passing the definition that goes with it by its tag; null: that is not known */
  readonly ended: (taskArn: string, passing: string | null) => void;
  /** Tag of tasks whose definition goes with them. */
  readonly passingTag: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Tell = (changes: readonly TaskChange[]) => void;

/** Tasks whose newest version is remembered. */
const REMEMBERED = 20_000;
const REMOVE_WINDOW_MS = 100;
const PAUSES = { baseMs: 1000, capMs: 30_000 };

/** Listens from now on. @returns ends it */
export function listenToTaskEvents(deps: TaskEventsDeps, tell: Tell): () => void {
  const life = new AbortController();
  run(deps, tell, life.signal).catch((thrown) => {
    if (life.signal.aborted) return;
    deps.log("WARNING", `The queue ${deps.name} of task events is left: ${toFailure(thrown).message}`);
  });
  return () => life.abort();
}

async function run(deps: TaskEventsDeps, tell: Tell, signal: AbortSignal): Promise<void> {
  const { name, queue, log, clock, random } = deps;
  const trouble = makeTroubleReport({
    clock,
    log,
    what: `read the queue ${name} of task events`,
    advice:
      "tasks are watched all the same. Check the queue and the permissions sqs:ReceiveMessage and sqs:DeleteMessage",
  });
  for (let failures = 0;;) {
    try {
      const url = await queue.find(name, signal);
      if (url === null) {
        log("INFO", `There is no queue ${name} of task events: tasks are watched by polling alone`);
        return;
      }
      const handler = makeHandler(url, deps);
      for (;;) {
        const messages = await queue.receive(url, signal);
        failures = 0;
        trouble.over();
        if (messages.length > 0) tell(handler(messages, signal));
      }
    } catch (thrown) {
      signal.throwIfAborted();
      trouble.failed(toFailure(thrown));
      failures += 1;
      await wait(backoffMs(failures, { ...PAUSES, random }), clock, signal);
    }
  }
}

/** Makes changes of messages; what tells nothing new is deleted at once. */
function makeHandler(url: string, deps: TaskEventsDeps) {
  const { queue, clock } = deps;
  const handled = new Map<string, number>();
  const remove = batch<string, undefined>({
    clock,
    windowMs: REMOVE_WINDOW_MS,
    maxItems: 10,
    maxInFlight: 2,
    send: async (receipts, signal) => {
      await queue.remove(url, receipts, signal);
      return receipts.map(() => ({ value: undefined }));
    },
  });
  return (messages: readonly QueueMessage[], signal: AbortSignal): readonly TaskChange[] => {
    // A message that cannot be deleted comes again, and tells nothing new then.
    const forget = (receipts: readonly string[]) =>
      receipts.forEach((receipt) => void remove(receipt, signal).catch(() => undefined));
    const newest = newestOf(messages, handled, forget);
    return newest.map(({ event, receipts }) =>
      changeOf(event, deps, (how) => {
        if (how === "later") return;
        remember(handled, event);
        forget(receipts);
      })
    );
  };
}

interface Newest {
  readonly event: TaskEvent;
  /** Of this event and of those that it supersedes. */
  readonly receipts: readonly string[];
}

function newestOf(
  messages: readonly QueueMessage[],
  handled: ReadonlyMap<string, number>,
  forget: (receipts: readonly string[]) => void,
): readonly Newest[] {
  const newest = new Map<string, Newest>();
  for (const { body, receipt } of messages) {
    const event = readTaskEvent(body);
    if (event === null || isOld(event, handled)) {
      forget([receipt]);
      continue;
    }
    const before = newest.get(event.taskArn);
    const receipts = [...before?.receipts ?? [], receipt];
    const isNewer = before === undefined || event.version >= before.event.version;
    newest.set(event.taskArn, { event: isNewer ? event : before.event, receipts });
  }
  return [...newest.values()];
}

function isOld({ taskArn, version }: TaskEvent, handled: ReadonlyMap<string, number>): boolean {
  return version > 0 && version <= (handled.get(taskArn) ?? 0);
}

function remember(handled: Map<string, number>, { taskArn, version }: TaskEvent): void {
  handled.delete(taskArn);
  handled.set(taskArn, version);
  forgetOldest(handled, REMEMBERED);
}

function changeOf(event: TaskEvent, deps: TaskEventsDeps, done: TaskChange["done"]): TaskChange {
  const cluster = event.clusterArn?.split("/").at(-1) ?? null;
  if (event.detail["lastStatus"] === "STOPPED") deps.ended(event.taskArn, null);
  return {
    task: { id: event.taskArn, place: strayPlace(cluster, []) },
    seen: seenTask(deps.readTask(event.detail)),
    ownerOf: (signal) => ownerOf(event, cluster, deps, signal),
    done,
  };
}

/** Only its tags say whose task it is. One that ECS does not show any more, or that has no such tag, is nobody's. */
async function ownerOf(
  { taskArn, definitionArn, detail }: TaskEvent,
  cluster: string | null,
  deps: TaskEventsDeps,
  signal: AbortSignal,
): Promise<TaskOwner | null> {
  const { tasks: [task] } = await deps.ecs.describeTasks(cluster, [taskArn], signal);
  if (task === undefined || task.flowRunId === null) return null;
  const hasStopped = detail["lastStatus"] === "STOPPED";
  const definition = hasStopped && definitionArn !== null
    ? await deps.ecs.describeTaskDefinition(definitionArn, signal, taskArn).catch(() => null)
    : null;
  if (hasStopped && task.tagKeys?.includes(deps.passingTag) === true) deps.ended(taskArn, definitionArn);
  const request = definition?.document ?? {};
  return {
    runId: task.flowRunId,
    place: strayPlace(cluster, logSources({ how: "perRun", request, ownFamily: null })),
  };
}
