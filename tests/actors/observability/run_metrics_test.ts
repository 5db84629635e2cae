import assert from "node:assert/strict";
import { makeMetricRegistry } from "../../../actors/observability/metric_registry.ts";
import { makeRunMetrics } from "../../../actors/observability/run_metrics.ts";
import { endOf } from "../../../schemas/prefect1/state.ts";
import { RUN_STEPS, type RunChange } from "../../../schemas/flow_run/change.ts";
import { parseScrape, valueOf } from "../../support/prometheus.ts";
import { LAUNCHED, someChange, someHeader } from "../../support/run_change.ts";

function counted(changes: readonly RunChange[]) {
  const registry = makeMetricRegistry();
  changes.forEach(makeRunMetrics(registry));
  const samples = parseScrape(registry.render());
  return (name: string, labels: Record<string, string> = {}) =>
    valueOf(samples, `prefect_agent_${name}`, labels);
}

Deno.test("run metrics: given a run on its whole way, when counted, then each step is timed from the one before and from due", () => {
  const value = counted(LAUNCHED);

  const between = RUN_STEPS.map((step) => value("run_step_seconds_sum", { step }));
  const sinceDue = RUN_STEPS.map((step) => value("run_since_due_seconds_sum", { step }));
  assert.deepEqual(between, [0.5, 1, 2, 30]);
  assert.deepEqual(sinceDue, [0.5, 1.5, 3.5, 33.5]);
  assert.deepEqual(RUN_STEPS.map((step) => value("run_step_seconds_count", { step })), [1, 1, 1, 1]);
  assert.equal(value("run_retries_total", { step: "runningTask", failure: "notPlaced" }), 1);
  assert.equal(value("runs_ended_total", { outcome: "completed", failure: "none" }), 1);
});

Deno.test("run metrics: given flows that end in all states, when counted, then each state is counted beside the outcome", () => {
  const ends = ["Success", "Failed", "Failed", "Cancelled", "TimedOut", "unknown"].map(endOf);
  const value = counted(ends.flatMap((end, i) => [
    someChange({ header: someHeader(`r${i}`), to: "watching" }),
    someChange({ header: someHeader(`r${i}`), from: "watching", to: "completed", ended: "completed", end }),
  ]));

  const states = ["Success", "Failed", "Cancelled", "TimedOut"];
  assert.deepEqual(states.map((state) => value("flow_runs_finished_total", { state })), [1, 2, 1, 1]);
  assert.equal(value("flow_runs_finished_total"), 5);
  assert.equal(value("runs_ended_total", { outcome: "completed", failure: "none" }), 6);
});

Deno.test("run metrics: given a run at any point of its way, when counted, then it is in exactly one state, and in none at the end", () => {
  for (let n = 1; n <= LAUNCHED.length; n++) {
    const value = counted(LAUNCHED.slice(0, n));
    const last = LAUNCHED[n - 1];

    assert.equal(value("runs"), n === LAUNCHED.length ? 0 : 1);
    if (last !== undefined && last.ended === null) assert.equal(value("runs", { state: last.to }), 1);
  }
});

Deno.test("run metrics: given a task that is lost and launched again, when counted, then its steps are timed once", () => {
  const again = [
    someChange({
      from: "watching",
      to: "backingOff",
      atMs: 40_000,
      failure: "taskStopped",
      resumeAt: "planning",
    }),
    someChange({ from: "backingOff", to: "planning", atMs: 41_000 }),
    someChange({ from: "planning", to: "ensuringTaskDefinition", atMs: 41_000 }),
    someChange({ from: "ensuringTaskDefinition", to: "runningTask", atMs: 41_000, step: "registered" }),
    someChange({ from: "runningTask", to: "releasingTaskDefinition", atMs: 42_000, step: "launched" }),
  ];

  const value = counted([...LAUNCHED.slice(0, -1), ...again]);

  assert.deepEqual(RUN_STEPS.map((step) => value("run_step_seconds_count", { step })), [1, 1, 1, 1]);
  assert.equal(value("run_retries_total", { step: "planning", failure: "taskStopped" }), 1);
});

Deno.test("run metrics: given a run that was found again after a restart, when counted, then nothing is timed", () => {
  const value = counted(LAUNCHED.map((change) => ({ ...change, resumed: true })));

  assert.equal(value("run_step_seconds_count"), 0);
  assert.equal(value("runs_ended_total", { outcome: "completed" }), 1);
});

Deno.test("run metrics: given a run that comes back after it ended, when counted, then it is timed anew", () => {
  const value = counted([...LAUNCHED, ...LAUNCHED]);

  assert.deepEqual(RUN_STEPS.map((step) => value("run_step_seconds_count", { step })), [2, 2, 2, 2]);
});

Deno.test("run metrics: given runs that fail, lose or are left at a stop, when counted, then outcome and kind of failure are told apart", () => {
  const ends = (["failed", "lostClaim", "released", "stopped"] as const).flatMap((ended, i) => {
    const header = someHeader(`r${i}`);
    const last = { from: "claiming", to: "x", failure: "throttled", ended } as const;
    return [
      someChange({ header }),
      someChange({ header, to: "claiming", from: "waitingForStart" }),
      someChange({ header, ...last }),
    ];
  });

  const value = counted(ends);

  assert.equal(value("runs_ended_total", { outcome: "failed", failure: "throttled" }), 1);
  assert.equal(value("runs_ended_total", { outcome: "released", failure: "throttled" }), 1);
  assert.equal(value("runs_ended_total", { outcome: "lostClaim", failure: "none" }), 1);
  assert.equal(value("runs_ended_total", { outcome: "stopped", failure: "none" }), 1);
  assert.equal(value("runs"), 0);
});

Deno.test("run metrics: given a run claimed a little before it is due, when counted, then no time is negative", () => {
  const header = someHeader("r1", 9_000);
  const value = counted([
    someChange({ header, atMs: 100 }),
    someChange({ header, from: "waitingForStart", to: "claiming", atMs: 8_990 }),
    someChange({ header, from: "claiming", to: "planning", atMs: 8_995, step: "claimed" }),
  ]);

  assert.equal(value("run_step_seconds_sum"), 0);
  assert.equal(value("run_step_seconds_count", { step: "claimed" }), 1);
});
