/**
 * Whole workers over the API in memory and a platform of boxes, on a clock that the test moves.
 *
 * @module
 */

import { Subject } from "rxjs";
import { makeTaskEffects } from "../../../actors/watch/task_effects.ts";
import { runAgent } from "../../../agent/program.ts";
import type { Flavour } from "../../../schemas/contracts/flavour.ts";
import type { Push } from "../../../schemas/contracts/orchestrator.ts";
import { defaultLaunchPolicy } from "../../../schemas/flow_run/launch_policy.ts";
import { defaultLaunchSettings } from "../../../schemas/options/launch_settings.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import { type FakePlan, fakePlan, fakePlatform } from "../newcomers/fake_platform.ts";
import { dialectWorld } from "./dialect.ts";
import type { ServerOptions } from "./world.ts";

/** How a worker differs. */
export interface WorkerOptions {
  readonly limit?: number | null;
  readonly cancels?: boolean;
  readonly graceMs?: number;
}

const FLAVOUR: Flavour<null, FlowRun, FakePlan> = {
  name: "fake",
  startSources: () => [],
  prepare: (options) => options,
  samples: () => [],
  warnings: () => [],
  registered: (options) => options,
  sources: () => [],
  plan: () => fakePlan("waits"),
};

/** The dialect keeps ids of ECS. */
const ARN = "arn:aws:ecs:us-east-1:123456789012:task/boxes/";
const outside = (id: string) => `${ARN}${id}`;
const inside = (id: string) => id.replace(ARN, "");

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
}

/** Workers, their API and their boxes. */
export function workerWorld(options: ServerOptions = {}) {
  const one = dialectWorld(options);
  const { platform, tasks, pass } = fakePlatform();
  const stopped: string[] = [];
  const forgotten = new Set<string>();
  /** Where launches hang; null: nowhere. */
  const hangs: { is: "before" | "after confirming" | "after" | "after its next token" | null } = { is: null };
  /** Whether lists of tasks show any. */
  const lists = { is: true };
  /** Whether boxes come up. */
  const comesUp = { is: true };
  const watched: typeof platform = {
    ...platform,
    run: async (request, signal) => {
      if (hangs.is === "before") return await never(signal);
      if (hangs.is === "after confirming") await request.confirm();
      if (hangs.is === "after confirming") return await never(signal);
      // The definition has to be replaced.
      const next = hangs.is === "after its next token" ? await request.nextToken() : null;
      const launched = await platform.run({ ...request, token: next ?? request.token }, signal);
      if (hangs.is === "after its next token") return await never(signal);
      if (hangs.is === "after") return await never(signal);
      return { ...launched, id: outside(launched.id) };
    },
    look: async (wanted, signal) => {
      const seen = await platform.look(wanted.map((ref) => ({ ...ref, id: inside(ref.id) })), signal);
      return new Map([...seen].map(([id, sight]) => [
        outside(id),
        forgotten.has(id) ? { phase: "missing" } as const : sight,
      ]));
    },
    list: async (...asked) => {
      const found = await platform.list(...asked);
      if (found.outcome !== "listed") return found;
      return { ...found, ids: found.ids.filter((id) => lists.is && !forgotten.has(id)).map(outside) };
    },
    stop: async (ref, ...rest) => {
      stopped.push(inside(ref.id));
      await platform.stop({ ...ref, id: inside(ref.id) }, ...rest);
    },
  };
  const start = (name: string, { limit = null, cancels = true, graceMs = 25_000 }: WorkerOptions = {}) => {
    const stop$ = new Subject<{ type: "stop.requested" } | { type: "stop.forced" }>();
    const listeners = new Set<(push: Push) => void>();
    const orchestrator = {
      ...one.process(name),
      pushed: (tell: (push: Push) => void) => {
        listeners.add(tell);
        return () => void listeners.delete(tell);
      },
    };
    const ports = { orchestrator, platform: watched, clock: one.clock, log: logOf(name) };
    const following = makeTaskEffects({
      ...ports,
      options: { ...defaultLaunchSettings, cancelGraceMs: 60_000 },
      followsLeftTasks: true,
      countsTasks: limit !== null,
      cancels,
    });
    const ended = runAgent({
      flavour: FLAVOUR,
      options: null,
      effects: {
        ...ports,
        ...following,
        readSource: () => Promise.reject(new Error("no source is read")),
        random: () => 0.5,
      },
      policy: defaultLaunchPolicy,
      maxPolls: null,
      graceMs,
      farewellMs: 3000,
      reconcileMs: 60_000,
      pollTimeoutMs: 60_000,
      pollPauseMs: () => 10_000,
      maxTasks: limit,
      owner: { agent: name, scope: "here" },
      stop$,
      poke$: new Subject(),
    });
    const stop = (type: "stop.requested" | "stop.forced") => {
      stop$.next({ type });
      return ended;
    };
    return {
      push: (push: Push) => listeners.forEach((tell) => tell(push)),
      stop: () => stop("stop.requested"),
      stopNow: () => stop("stop.forced"),
    };
  };
  const logOf = (name: string) => (level: string, text: string) =>
    void one.logged.push(`${name} ${level} ${text}`);
  const after = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      if (comesUp.is) pass();
      await one.clock.advance(1000);
    }
  };
  return { ...one, tasks, stopped, forgotten, comesUp, hangs, lists, start, after };
}
