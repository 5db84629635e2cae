/**
 * The worker's presence at its pool: over the worker channel where the server grants one, over REST beside it while it is
 * away.
 *
 * @module
 */

import type { Log } from "../../../schemas/contracts/log.ts";
import type { Push } from "../../../schemas/contracts/orchestrator.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { WorkPool } from "../../../schemas/prefect3/flow_run.ts";
import type { WorkerSettings } from "../../../schemas/prefect3/settings/worker_settings.ts";
import { makeTroubleReport } from "../../time/trouble_report.ts";
import { wait } from "../../time/wait.ts";
import type { Api } from "../api.ts";
import { socketAddress } from "./address.ts";
import { askUntilAnswered } from "./ask_until_answered.ts";
import { type Channel, channelEndText, type ChannelListener, openChannel } from "./channel.ts";
import { type Cleanups, makeCleanups } from "./cleanups.ts";
import type { KeptSocketDeps } from "./kept_socket.ts";
import { tellPoolChanges } from "./pool_changes.ts";
import { makePoolRest, type PoolRest, UnreadablePool } from "./pool_rest.ts";
import type { Presence } from "./presence.ts";
import { checkAbsentPool, checkPool, refusedFor } from "./refuse_pool.ts";
import { makeWantedQueues, type WantedQueues } from "./wanted_queues.ts";

/** Settings that presence reads. */
export type PresenceSettings = Pick<
  WorkerSettings,
  "api" | "baseJobTemplate" | "createPool" | "heartbeatMs" | "name" | "pool" | "queryMs" | "queues"
>;

/** What presence needs. */
export interface PresenceDeps extends KeptSocketDeps {
  readonly api: Pick<Api, "send" | "introduce">;
  readonly settings: PresenceSettings;
  /** The template of a pool that has none. */
  readonly defaultTemplate: JsonObject;
  readonly log: Log;
  /** Ids of frames and of this process: UUIDs. */
  readonly newId: () => string;
}

/** What the worker tells of itself: servers show which integration a worker belongs to. */
const METADATA: JsonObject = { integrations: [{ name: "prefect-aws", version: "0.7.12" }] };

/** Presence of one worker; nothing is sent before it is started. */
export function makePresence(deps: PresenceDeps): Presence {
  return new WorkerPresence(deps);
}

class WorkerPresence implements Presence {
  readonly #deps: PresenceDeps;
  readonly #rest: PoolRest;
  readonly #queues: WantedQueues;
  readonly #cleanups: Cleanups;
  readonly #consumerId: string;
  readonly #listeners = new Set<(push: Push) => void>();
  readonly #life = new AbortController();
  #pool: WorkPool | null = null;
  #workerId: string | null = null;
  #hasSentMetadata = false;
  #isUp = false;
  #channel: Channel | null = null;

  constructor(deps: PresenceDeps) {
    const { api, settings, defaultTemplate, log, clock } = deps;
    const { pool, queues, baseJobTemplate } = settings;
    this.#deps = deps;
    this.#consumerId = deps.newId();
    this.#rest = makePoolRest({ api, pool, template: baseJobTemplate ?? defaultTemplate, defaultTemplate });
    this.#queues = makeWantedQueues({ pool, wanted: queues, log });
    this.#cleanups = makeCleanups({
      clock,
      log,
      send: (type, payload) => this.#channel?.send(type, payload) ?? null,
      tell: (push) => this.#listeners.forEach((tell) => tell(push)),
      storedTask: (runId) => this.#rest.storedTask(runId, this.#life.signal),
    });
  }

  pool = (): WorkPool | null => this.#pool;
  queues = (): readonly string[] | null => this.#queues.toPoll();
  workerId = (): string | null => this.#workerId;
  hasChannel = (): boolean => this.#isUp;

  pushed = (tell: (push: Push) => void): () => void => {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  };

  start = async (signal: AbortSignal): Promise<WorkPool> => {
    this.#introduce(null);
    const found = await this.#answered((within) => this.#prepare(within), signal);
    const pool = await this.#joined(found, signal);
    this.#every(() => this.#deps.settings.heartbeatMs, (within) => this.#beat(within));
    if (this.#deps.settings.queues.length > 0) {
      this.#every(() => this.#queuePauseMs(), (within) => this.#look(within));
    }
    return pool;
  };

  end = async (): Promise<void> => {
    this.#life.abort(new DOMException("the worker ends", "AbortError"));
    this.#cleanups.down();
    await this.#channel?.end();
    this.#channel = null;
    this.#isUp = false;
  };

  /** What is asked before the channel: whether the pool fits, and which queues it has. */
  async #prepare(signal: AbortSignal): Promise<WorkPool | null> {
    const { settings, log } = this.#deps;
    let pool = await this.#rest.find(signal, "once");
    if (pool === null) {
      checkAbsentPool(settings.pool, settings.createPool);
      // The channel is refused for queues that do not exist, and a pool that does not exist has none.
      if (settings.queues.length > 0) pool = await this.#create(signal);
    } else {
      checkPool(pool);
      if (settings.baseJobTemplate !== null) {
        log(
          "WARNING",
          `Work pool '${settings.pool}' exists already: the file of --base-job-template is not used`,
        );
      }
    }
    if (pool !== null) this.#queues.seen(await this.#rest.queues(signal, "once"));
    return pool;
  }

  /** Opens the channel and waits for its first word; without one the pool comes over REST. */
  async #joined(found: WorkPool | null, signal: AbortSignal): Promise<WorkPool> {
    const first = await this.#open(signal);
    if (first === null) return await this.#answered((within) => this.#sync(within), signal);
    checkPool(first);
    if (found === null) this.#deps.log("INFO", `Work pool '${first.name}' was created`);
    return await this.#answered((within) => this.#take(first, within), signal);
  }

  /** @returns the pool; null: there is no channel, or not yet */
  #open(signal: AbortSignal): Promise<WorkPool | null> {
    const { settings, defaultTemplate } = this.#deps;
    const queues = this.#queues.toPoll();
    if (queues !== null && queues.length === 0) return Promise.resolve(null);
    const worker = {
      ...settings,
      template: settings.baseJobTemplate ?? defaultTemplate,
      metadata: METADATA,
      consumerId: this.#consumerId,
    };
    const address = socketAddress(settings.api, ["work_pools", settings.pool, "workers", "connect"]);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const place = { address, queues: queues ?? [] };
      this.#channel = openChannel(this.#deps, worker, place, this.#listener(resolve));
    });
  }

  #listener(first: (pool: WorkPool | null) => void): ChannelListener {
    let hasTold = false;
    return {
      up: (pool, workerId) => {
        this.#isUp = true;
        if (hasTold) this.#deps.log("INFO", "The worker channel is open again");
        hasTold = false;
        this.#hasSentMetadata = true;
        if (workerId !== null) this.#introduce(workerId);
        this.#set(pool);
        first(pool);
      },
      edited: (pool) => this.#set(pool),
      down: (end, isFinal) => {
        this.#isUp = false;
        this.#cleanups.down();
        first(null);
        if (hasTold) return;
        hasTold = true;
        const next = isFinal ? "It is not tried again" : "It is tried again";
        this.#deps.log(
          "INFO",
          `There is no worker channel: ${channelEndText(end)}. ${next}; heartbeats go over REST`,
        );
      },
      cleanup: (frame) => this.#cleanups.message(frame),
      answered: (frame) => this.#cleanups.answered(frame),
    };
  }

  async #create(signal: AbortSignal): Promise<WorkPool> {
    const pool = await this.#rest.create(signal);
    checkPool(pool);
    this.#deps.log("INFO", `Work pool '${pool.name}' was created`);
    return pool;
  }

  /** The pool and a heartbeat over REST. */
  async #sync(signal: AbortSignal): Promise<WorkPool> {
    const { settings } = this.#deps;
    let pool = await this.#rest.find(signal);
    if (pool === null) {
      checkAbsentPool(settings.pool, settings.createPool);
      pool = await this.#create(signal);
    }
    checkPool(pool);
    const filled = await this.#take(pool, signal);
    await this.#heartbeat(signal);
    return filled;
  }

  async #heartbeat(signal: AbortSignal): Promise<void> {
    const { name, heartbeatMs, api } = this.#deps.settings;
    const isCloud = /(^|\.)prefect\.cloud$/i.test(URL.parse(api.url)?.hostname ?? "");
    const id = await this.#rest.heartbeat({
      name,
      intervalMs: heartbeatMs,
      asksId: isCloud && this.#workerId === null,
      metadata: isCloud && !this.#hasSentMetadata ? METADATA : null,
    }, signal);
    this.#hasSentMetadata = true;
    if (id !== null) this.#introduce(id);
  }

  async #take(pool: WorkPool, signal: AbortSignal): Promise<WorkPool> {
    const filled = await this.#rest.fill(pool, signal);
    this.#set(filled);
    return filled;
  }

  #set(pool: WorkPool): void {
    tellPoolChanges(this.#pool, pool, this.#deps.log);
    this.#pool = pool;
  }

  #introduce(id: string | null): void {
    this.#workerId = id;
    this.#deps.api.introduce({ name: this.#deps.settings.name, id });
  }

  /** While the channel is up, it carries heartbeats and edits. */
  async #beat(signal: AbortSignal): Promise<void> {
    if (this.#isUp) return;
    try {
      await this.#sync(signal);
    } catch (error) {
      // The worker lives all the same, and works with the pool as it was.
      if (error instanceof UnreadablePool) await this.#heartbeat(signal);
      throw error;
    }
  }

  /** Whether a queue that was asked for has come or gone: the channel is told of those that exist alone. */
  async #look(signal: AbortSignal): Promise<void> {
    const hasChanged = this.#queues.seen(await this.#rest.queues(signal));
    if (!hasChanged) return;
    this.#isUp = false;
    await this.#channel?.end();
    this.#channel = null;
    await this.#open(signal);
  }

  #queuePauseMs(): number {
    const { heartbeatMs, queryMs } = this.#deps.settings;
    return this.#queues.isMissingOne() ? Math.min(heartbeatMs, queryMs) : heartbeatMs;
  }

  /** Does the work again and again until the end; what fails is told and comes again. */
  async #every(pauseMs: () => number, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const { clock, log, settings } = this.#deps;
    const { signal } = this.#life;
    const trouble = makeTroubleReport({
      clock,
      log,
      what: `tell work pool '${settings.pool}' that this worker lives`,
      advice: "the server shows the worker as offline after three heartbeats",
    });
    while (!signal.aborted) {
      try {
        await wait(pauseMs(), clock, signal);
        await work(signal);
        trouble.over();
      } catch (error) {
        if (signal.aborted) return;
        trouble.failed(refusedFor(settings.pool, toFailure(error)).failure);
      }
    }
  }

  #answered<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    return askUntilAnswered({ ...this.#deps, pool: this.#deps.settings.pool }, ask, signal);
  }
}
