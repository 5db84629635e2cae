import assert from "node:assert/strict";
import { dueRuns, type PooledRun } from "../../../../schemas/prefect3/state_rules/due_runs.ts";

const DEFAULT = { name: "default", priority: 2, isPaused: false, limit: null };
const ASK = { queues: [], beforeMs: 1000, afterMs: null, most: 200 };

function run(id: string, more: Partial<PooledRun> = {}): PooledRun {
  return { id, stateType: "SCHEDULED", retryType: null, dueMs: 500, queue: "default", ...more };
}

function idsOf(runs: readonly PooledRun[]): string {
  return runs.map(({ id }) => id).join("");
}

Deno.test("due runs: given runs of every kind, when polled, then only new work that is due is offered, by its time", () => {
  const runs = [
    run("a", { dueMs: 900 }),
    run("b", { dueMs: 100 }),
    run("c", { dueMs: 1001 }),
    run("d", { retryType: "in_process" }),
    run("e", { retryType: "reschedule" }),
    run("f", { stateType: "PENDING", dueMs: null }),
    run("g", { queue: "absent" }),
  ];

  const pool = { isPaused: false, limit: null, queues: [DEFAULT] };

  assert.equal(idsOf(dueRuns(runs, pool, ASK)), "bea");
  assert.equal(idsOf(dueRuns(runs, pool, { ...ASK, afterMs: 200 })), "ea");
  assert.equal(idsOf(dueRuns(runs, pool, { ...ASK, most: 1 })), "b");
  assert.equal(idsOf(dueRuns(runs, { ...pool, isPaused: true }, ASK)), "");
});

Deno.test("due runs: given queues with priorities, limits and a pause, when polled, then each is kept to", () => {
  const urgent = { name: "urgent", priority: 1, isPaused: false, limit: 2 };
  const paused = { name: "paused", priority: 3, isPaused: true, limit: null };
  const runs = [
    run("a"),
    run("b", { queue: "urgent", dueMs: 800 }),
    run("c", { queue: "urgent", dueMs: 700 }),
    run("r", { queue: "urgent", stateType: "RUNNING", dueMs: null }),
    run("d", { queue: "paused" }),
  ];
  const pool = { isPaused: false, limit: null, queues: [DEFAULT, urgent, paused] };

  assert.equal(idsOf(dueRuns(runs, pool, ASK)), "ca");
  assert.equal(idsOf(dueRuns(runs, { ...pool, limit: 2 }, ASK)), "c");
  assert.equal(idsOf(dueRuns(runs, { ...pool, limit: 1 }, ASK)), "");
  assert.equal(idsOf(dueRuns(runs, pool, { ...ASK, queues: ["default"] })), "a");
});
