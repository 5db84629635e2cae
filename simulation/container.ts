/**
 * What runs in a task: it tells the API Running, then how it ended, as the runtime of Prefect 1 does; or it does not.
 *
 * @module
 */

import type { JsonObject } from "../schemas/json/json.ts";
import { isOver, type PrefectStore, type RunRow, scheduled, typeOf } from "./prefect1/store.ts";
import type { Fate } from "./world/scenario.ts";
import { type FlowProcess, makeFates, startFlowProcess } from "./flow_process.ts";
import { fault, type World } from "./world/world.ts";

/** How often a process looks whether it should end. @see Prefect 0.15.13 engine/cloud/flow_runner.py */
const LOOK_MS = 10_000;
/** Retries later than 10 minutes end the process. Shorter here, so that a world stays short. */
const LATE_RETRY_MS = 45_000;

/** Nothing hangs for ever: the world must come to an end. */
const HANGS_MS = 5 * 60_000;

/** What a task holds: told when its container starts; the answer ends it. */
export type FlowContainer = (
  task: { readonly startedBy: string },
  exit: (code: number) => void,
) => () => void;

/** Containers of a world. */
export function makeContainers(world: World, store: PrefectStore): FlowContainer {
  const fateOf = makeFates<Fate>();
  return (task, exit) => {
    const run = store.runs.get(task.startedBy);
    if (run === undefined) return () => undefined;
    const it = { world, store, run, fate: fateOf(run.id, run.due.fate) };
    return startFlowProcess(world, (process) => boot(it, process), exit);
  };
}

interface Living {
  readonly world: World;
  readonly store: PrefectStore;
  readonly run: RunRow;
  readonly fate: Fate;
}

function boot(it: Living, process: FlowProcess): void {
  const { run, fate } = it;
  if (isOver(run)) return process.end(0);
  if (typeOf(run) === "Cancelling") return finish(it, process, "Cancelled");
  if (typeOf(run) !== "Running") report(it, { type: "Running", message: "Running flow." });
  for (const task of run.tasks) setTask(it, task.version, { type: "Running", message: "Starting task run." });
  if (fate !== "hangs") process.later(LOOK_MS, () => look(it, process));
  process.later(it.run.due.durationMs, () => process.talking(() => conclude(it, process)));
}

function look(it: Living, process: FlowProcess): void {
  it.run.heartbeatMs = it.world.time.now();
  if (isOver(it.run)) return process.end(0);
  if (typeOf(it.run) === "Cancelling") return finish(it, process, "Cancelled");
  process.later(LOOK_MS, () => look(it, process));
}

function conclude(it: Living, process: FlowProcess): void {
  const { fate, run, world } = it;
  if (isOver(run)) return process.end(0);
  switch (fate) {
    case "hangs":
      fault(world, "hangs", run.id);
      return process.later(HANGS_MS, () => process.end(1));
    case "dies":
      fault(world, "dies", run.id);
      return process.end(world.dice.pick([0, 1, 137]));
    case "retriesLate":
      fault(world, "retriesLate", run.id);
      setTask(it, 0, {
        ...scheduled(world.time.now() + LATE_RETRY_MS, "Retrying Task (after attempt 1 of 2)"),
        type: "Retrying",
        run_count: 1,
      });
      return process.end(0);
    case "success":
      return finish(it, process, typeOf(run) === "Cancelling" ? "Cancelled" : "Success");
    case "failed":
      return finish(it, process, "Failed");
  }
}

function finish(it: Living, process: FlowProcess, type: string): void {
  for (const task of it.run.tasks) {
    setTask(it, task.version, {
      type: type === "Success" ? "Success" : "Failed",
      message: "Task run ended.",
    });
  }
  report(it, { type, message: `Reported by the run: ${type}` });
  process.later(it.world.dice.pick([10, 500, 5000]), () => process.end(type === "Success" ? 0 : 1));
}

/** As the runtime does: Running with the version it has just read, an end without one. */
function report({ store, run, world }: Living, state: JsonObject): void {
  const expected = state["type"] === "Running" ? run.version : null;
  store.set(run, { state, expected, author: "run", agent: null, sentMs: world.time.now() });
}

function setTask({ store, run, world }: Living, _version: number, state: JsonObject): void {
  for (const task of run.tasks) {
    store.set(task, { state, expected: null, author: "run", agent: null, sentMs: world.time.now() });
  }
}
