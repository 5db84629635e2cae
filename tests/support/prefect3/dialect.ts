/**
 * The dialect of Prefect 3 over the API in memory.
 *
 * @module
 */

import { prefect3 } from "../../../actors/prefect3/orchestrator.ts";
import type { RunLine } from "../../../actors/prefect3/run_logs.ts";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import { untimed } from "../../../schemas/contracts/timed.ts";
import type { FlowRun, WorkPool } from "../../../schemas/prefect3/flow_run.ts";
import { type FakeClock, fakeClock } from "../clock.ts";
import { Prefect3World, type ServerOptions } from "./world.ts";

/** Several processes of one worker, and the API they speak to. */
export interface DialectWorld {
  readonly clock: FakeClock;
  readonly world: Prefect3World;
  /** Lines of the logs of runs. */
  readonly lines: RunLine[];
  /** Lines of the workers' own logs. */
  readonly logged: string[];
  /** Events that were told: `submitted <run>`. */
  readonly events: string[];
  /** Another process. */
  readonly process: (
    name?: string,
    more?: { readonly prefetchMs?: number; readonly cancels?: boolean },
  ) => Orchestrator<FlowRun>;
}

const POOL: WorkPool = { id: "pool-1", name: "pool", type: "ecs", template: {}, isPaused: false };

/** A world with a worker named `agent` that the server counts as living. */
export function dialectWorld(options: ServerOptions = {}): DialectWorld {
  const clock = fakeClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const world = new Prefect3World(clock.now, options);
  const lines: RunLine[] = [];
  const logged: string[] = [];
  const events: string[] = [];
  const presence = {
    start: () => Promise.resolve(POOL),
    pool: () => POOL,
    queues: () => null,
    workerId: () => null,
    hasChannel: () => false,
    pushed: () => () => undefined,
    end: () => Promise.resolve(),
  };
  const emitter = {
    started: () => undefined,
    submitted: ({ id }: FlowRun) => void events.push(`submitted ${id}`),
    executed: ({ id }: FlowRun, pid: string) => void events.push(`executed ${id} ${pid}`),
    taskSeen: ({ id }: FlowRun, { status }: { readonly status: string }) =>
      void events.push(`${status} ${id}`),
    end: () => Promise.resolve(),
  };
  const process: DialectWorld["process"] = (name = "agent", { prefetchMs = 10_000, cancels = true } = {}) => {
    world.workers.set(name, {
      name,
      status: "ONLINE",
      last_heartbeat_time: new Date(clock.now()).toISOString(),
    });
    return prefect3({
      ...{ api: world.api, presence, emitter, clock, random: () => 0.5, timed: untimed },
      settings: { name, prefetchMs, events: false, cancels },
      wakes: { listen: () => () => undefined },
      logs: {
        write: (line) => void lines.push(line),
        writeOwn: () => undefined,
        end: () => Promise.resolve(),
      },
      log: (level, message) => void logged.push(`${level} ${message}`),
      redact: { text: (text) => text },
    });
  };
  return { clock, world, lines, logged, events, process };
}

/** Waits for an answer while time passes. */
export async function during<T>({ clock }: Pick<DialectWorld, "clock">, answer: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = answer.finally(() => isDone = true);
  watched.catch(() => undefined); // thrown to whoever awaits it below
  for (let step = 0; step < 400 && !isDone; step++) await clock.advance(250);
  return await watched;
}
