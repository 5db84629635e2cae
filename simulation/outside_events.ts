/**
 * What happens to runs from outside: users cancel and restart them, the server reschedules them, agents of other programs
 * claim them.
 *
 * @module
 */

import { isScheduled } from "../schemas/prefect1/state.ts";
import type { Author } from "./world/history.ts";
import { isOver, type PrefectStore, type Row, type RunRow, scheduled, typeOf } from "./prefect1/store.ts";
import { fault, faultsAreOn, type World } from "./world/world.ts";

/** A run whose heartbeat is older than this is rescheduled by the server. @see Prefect Server, Lazarus */
const SILENT_MS = 10 * 60_000;
const LAZARUS_EVERY_MS = 10 * 60_000;
const MOST_RESCHEDULES = 3;

/** Schedules these events. */
export function startOutsideEvents(world: World, store: PrefectStore): void {
  for (const run of store.runs.values()) {
    for (const { kind, atMs } of run.due.userActions) {
      world.time.after(
        atMs,
        () => kind === "cancel" ? cancel(world, store, run) : restart(world, store, run),
      );
    }
    if (world.scenario.foreign > 0) foreignAgent(world, store, run);
  }
  if (world.scenario.lazarus) lazarus(world, store);
}

interface Doing {
  readonly store: PrefectStore;
  readonly author: Author;
}

function put(
  world: World,
  { store, author }: Doing,
  row: Row,
  state: Parameters<PrefectStore["set"]>[1]["state"],
): void {
  store.set(row, { state, expected: null, author, agent: null, sentMs: world.time.now() });
}

/** @see wire facts: finished runs stay, running ones are Cancelling, the rest is Cancelled at once */
function cancel(world: World, store: PrefectStore, run: RunRow): void {
  if (isOver(run)) return;
  fault(world, "cancel", `${run.id} while ${typeOf(run)}`);
  const type = typeOf(run) === "Running" ? "Cancelling" : "Cancelled";
  put(world, { store, author: "person" }, run, { type, message: "Cancelled by a person" });
}

function restart(world: World, store: PrefectStore, run: RunRow): void {
  if (!isOver(run)) return;
  fault(world, "restart", `${run.id} after ${typeOf(run)}`);
  put(world, { store, author: "person" }, run, scheduled(world.time.now(), "Restarted by a person"));
}

function lazarus(world: World, store: PrefectStore): void {
  world.time.after(LAZARUS_EVERY_MS, () => {
    for (const run of store.runs.values()) {
      if (needsHelp(world, run)) reschedule(world, store, run);
    }
    lazarus(world, store);
  });
}

function needsHelp(world: World, run: RunRow): boolean {
  if (typeOf(run) !== "Submitted" && typeOf(run) !== "Running") return false;
  if (run.tasks.some((task) => isScheduled(typeOf(task)))) return false;
  return world.time.now() - run.heartbeatMs > SILENT_MS;
}

function reschedule(world: World, store: PrefectStore, run: RunRow): void {
  if (run.rescheduled >= MOST_RESCHEDULES) {
    return put(world, { store, author: "server" }, run, { type: "Failed", message: "Lazarus gave up" });
  }
  run.rescheduled++;
  fault(world, "lazarus", `${run.id} while ${typeOf(run)}`);
  put(
    world,
    { store, author: "server" },
    run,
    scheduled(world.time.now(), "Rescheduled by a Lazarus process."),
  );
}

/** An agent of another program: claims without a marker of ours and runs the flow where we cannot see it. */
function foreignAgent(world: World, store: PrefectStore, run: RunRow): void {
  world.time.after(run.due.dueMs + world.dice.int(0, 2000), () => {
    if (!faultsAreOn(world) || !isScheduled(typeOf(run)) || !world.dice.chance(world.scenario.foreign)) {
      return;
    }
    const state = { type: "Submitted", message: "Submitted for execution", context: {}, state: run.state };
    const done = store.set(run, {
      state,
      expected: run.version,
      author: "foreign",
      agent: null,
      sentMs: world.time.now(),
    });
    if (done !== null) return;
    fault(world, "foreign", run.id);
    foreignTask(world, store, run);
  });
}

function foreignTask(world: World, store: PrefectStore, run: RunRow): void {
  const fate = world.dice.pick(["fine", "fine", "silent", "dies"]);
  const isMine = (type: string) => typeOf(run) === type;
  world.time.after(world.dice.int(1000, 60_000), () => {
    if (fate === "silent" || !isMine("Submitted")) return;
    put(world, { store, author: "run" }, run, { type: "Running", message: "Running elsewhere" });
    world.time.after(world.dice.int(1000, 60_000), () => {
      if (fate === "dies" || !isMine("Running")) return;
      put(world, { store, author: "run" }, run, { type: "Success", message: "Done elsewhere" });
    });
  });
}
