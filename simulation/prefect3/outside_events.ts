/**
 * What happens to runs of Prefect 3 from outside: people cancel and retry them, the stock worker claims them.
 *
 * @module
 */

import { fault, faultsAreOn } from "../world/world.ts";
import { isOver3, type Store3, type StoredRun } from "./store.ts";

/** Name of the stock worker. */
const STOCK = "ECSWorker stock";

/** Schedules these events. */
export function startOutsideEvents3(store: Store3): void {
  const { world } = store;
  for (const { id, actions, dueMs } of world.scenario.due) {
    const doing = (what: (run: StoredRun) => void) => () => {
      const run = store.runs.get(id);
      if (run !== undefined) what(run);
    };
    for (const { kind, atMs } of actions) {
      world.time.after(atMs, doing((run) => kind === "cancel" ? cancel(store, run) : retry(store, run)));
    }
    if (world.scenario.foreign > 0) {
      store.workers.set(STOCK, world.time.now());
      world.time.after(dueMs + world.dice.int(0, 2000), doing((run) => stockWorker(store, run)));
    }
  }
}

function cancel(store: Store3, run: StoredRun): void {
  if (isOver3(run)) return;
  fault(store.world, "cancel", `${run.due.id} while ${run.state.type}`);
  store.ask(run, { type: "CANCELLING" }, { author: "person" });
}

function retry(store: Store3, run: StoredRun): void {
  if (!isOver3(run)) return;
  fault(store.world, "retry", `${run.due.id} after ${run.state.type}`);
  store.ask(run, { type: "SCHEDULED", name: "AwaitingRetry" }, { author: "person" });
}

/** The stock worker leaves no mark in its claims, and runs the flow where we cannot see it. */
function stockWorker(store: Store3, run: StoredRun): void {
  const { world } = store;
  if (!faultsAreOn(world) || run.state.type !== "SCHEDULED" || !world.dice.chance(world.scenario.foreign)) {
    return;
  }
  const { status } = store.ask(run, { type: "PENDING" }, { author: "foreign" });
  if (status !== "ACCEPT") return;
  fault(world, "foreign", run.due.id);
  run.labels = { ...run.labels, "prefect.worker.name": STOCK };
  world.time.after(500, () => {
    if (run.state.type === "PENDING") {
      store.ask(run, { type: "PENDING", name: "Submitting" }, { author: "foreign" });
    }
    run.pid = `stock::arn:aws:ecs:us-east-1:210987654321:task/stock/${run.due.id.slice(-12)}`;
  });
  const fate = world.dice.pick(["fine", "fine", "silent", "dies"]);
  world.time.after(world.dice.int(1000, 60_000), () => {
    if (fate === "silent" || run.state.type !== "PENDING") return;
    store.ask(run, { type: "RUNNING", message: "Running elsewhere" }, { author: "foreign" });
    world.time.after(world.dice.int(1000, 60_000), () => {
      if (fate === "dies" || run.state.type !== "RUNNING") return;
      store.ask(run, { type: "COMPLETED", message: "Done elsewhere" }, { author: "foreign" });
    });
  });
}
