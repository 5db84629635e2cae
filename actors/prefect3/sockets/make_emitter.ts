/**
 * Tells the API of the worker's events, over one socket that is opened with the first of them.
 *
 * @module
 */

import { forgetOldest } from "../../../schemas/bounds/forget_oldest.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { FlowRun, WorkPool } from "../../../schemas/prefect3/flow_run.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import {
  type EventHead,
  flowRunEvent,
  taskEvent,
  workerEvent,
  workerResource,
} from "../../../schemas/prefect3/worker_events.ts";
import { socketAddress } from "./address.ts";
import type { Emitter, TaskStatusSeen } from "./emitter.ts";
import { type EventQueue, makeEventQueue } from "./event_queue.ts";
import type { KeptSocketDeps } from "./kept_socket.ts";

/** What the emitter needs. */
export interface EmitterDeps extends KeptSocketDeps {
  readonly settings: Pick<WorkerSettings, "api" | "name">;
  readonly log: Log;
  /** Ids of events: UUIDs. */
  readonly newId: () => string;
}

/** Runs and statuses of tasks that are remembered; beyond it the oldest are forgotten. */
const REMEMBERED = 20_000;

/** Nothing is sent before the first event. */
export function makeEmitter(deps: EmitterDeps): Emitter {
  return new WorkerEmitter(deps);
}

class WorkerEmitter implements Emitter {
  readonly #deps: EmitterDeps;
  readonly #queue: EventQueue;
  readonly #worker: JsonObject;
  /** Ids of `submitted` events, by run. */
  readonly #submitted = new Map<string, string>();
  /** Tasks with the statuses that were told. */
  readonly #told = new Map<string, true>();
  #start: { readonly id: string; readonly pool: WorkPool } | null = null;

  constructor(deps: EmitterDeps) {
    this.#deps = deps;
    this.#worker = workerResource(deps.settings.name);
    this.#queue = makeEventQueue(deps, () => socketAddress(deps.settings.api, ["events", "in"]));
  }

  started = (pool: WorkPool): void => {
    const head = this.#head(null);
    this.#start = { id: head.id, pool };
    this.#queue.put(workerEvent("started", head, this.#worker, pool));
  };

  submitted = (run: FlowRun): void => {
    const head = this.#head(null);
    remember(this.#submitted, run.id, head.id);
    this.#queue.put(flowRunEvent("submitted", head, { worker: this.#worker, run, infrastructurePid: null }));
  };

  executed = (run: FlowRun, infrastructurePid: string): void => {
    const head = this.#head(this.#submitted.get(run.id) ?? null);
    this.#submitted.delete(run.id);
    this.#queue.put(flowRunEvent("executed", head, { worker: this.#worker, run, infrastructurePid }));
  };

  taskSeen = (run: FlowRun, { taskId, status, taskDefinition = null, atMs }: TaskStatusSeen): void => {
    const key = `${taskId} ${status.toLowerCase()}`;
    if (this.#told.has(key)) return;
    remember(this.#told, key, true);
    const head = this.#head(null, atMs);
    const task = { id: taskId, status, definition: taskDefinition };
    this.#queue.put(taskEvent(head, { worker: this.#worker, run, task }));
  };

  end = async (signal: AbortSignal): Promise<void> => {
    if (this.#start !== null) {
      const { id, pool } = this.#start;
      this.#start = null;
      this.#queue.put(workerEvent("stopped", this.#head(id), this.#worker, pool));
    }
    await this.#queue.end(signal);
  };

  #head(follows: string | null, atMs = this.#deps.clock.now()): EventHead {
    return { id: this.#deps.newId(), atMs, follows };
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  forgetOldest(map, REMEMBERED);
}
