import assert from "node:assert/strict";
import { makeRunStages } from "../../../actors/observability/run_stages.ts";
import type { RunChange } from "../../../schemas/flow_run/change.ts";
import { LAUNCHED, someChange, someHeader } from "../../support/run_change.ts";

/** Lines about some changes, each with its level and run. */
function told(changes: readonly RunChange[]): readonly string[] {
  const lines: string[] = [];
  const take = makeRunStages((level, message, subject) => {
    lines.push(`${level} [${subject?.runId ?? ""}] ${message}`);
  });
  changes.forEach(take);
  return lines;
}

const BEFORE_RUNNING = LAUNCHED.slice(0, LAUNCHED.findIndex(({ step }) => step === "running"));

Deno.test("run stages: given a run on its whole way, when it runs and ends, then one line tells each stage from the one before", () => {
  const lines = told(LAUNCHED);

  assert.deepEqual(lines, [
    "DEBUG [r1] Stages of flow run r1: found 200 ms, claimed 300 ms, planned 100 ms, " +
    "task definition found or registered 900 ms, launched 2000 ms, running 30000 ms; 33500 ms in all since it was due",
  ]);
});

Deno.test("run stages: given a run that leaves before its flow begins, when it does, then the line says so", () => {
  const left = someChange({ from: "watching", to: "failed", ended: "failed", atMs: 9_600 });

  const lines = told([...BEFORE_RUNNING, left]);

  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /launched 2000 ms, left the agent \(failed\) 5100 ms; 8600 ms in all/);
});

Deno.test("run stages: given a task that is lost and launched again, when its flow begins, then the first stages are told once", () => {
  const again = [
    someChange({ from: "watching", to: "planning", atMs: 10_000 }),
    someChange({ from: "planning", to: "ensuringTaskDefinition", atMs: 10_100 }),
    someChange({ from: "ensuringTaskDefinition", to: "runningTask", atMs: 10_200, step: "registered" }),
    someChange({ from: "runningTask", to: "watching", atMs: 10_300, step: "launched" }),
    someChange({ from: "watching", to: "watching", atMs: 14_500, step: "running" }),
  ];

  const lines = told([...BEFORE_RUNNING, ...again]);

  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /: found [^;]*, planned 100 ms, [^;]*, launched 2000 ms, running 10000 ms; 13500 ms/,
  );
  assert.equal(lines[0]?.match(/planned|launched/g)?.length, 2);
});

Deno.test("run stages: given runs that were found again or never claimed, when they end, then nothing is told", () => {
  const resumed = LAUNCHED.map((change) => ({ ...change, resumed: true }));
  const taken = [
    someChange({ to: "claiming", header: someHeader("r2") }),
    someChange({ from: "claiming", to: "completed", ended: "lostClaim", header: someHeader("r2") }),
  ];

  assert.deepEqual(told([...resumed, ...taken]), []);
});

Deno.test("run stages: given runs whose changes come in turn, when they begin, then each has a line of its own", () => {
  const other = LAUNCHED.map((change) => ({
    ...change,
    header: someHeader("r2", null),
    atMs: change.atMs + 50,
  }));
  const mixed = LAUNCHED.flatMap((change, at) => [change, ...other.slice(at, at + 1)]);

  const lines = told(mixed);

  assert.deepEqual(lines.map((line) => line.slice(0, 40)), [
    "DEBUG [r1] Stages of flow run r1: found ",
    "DEBUG [r2] Stages of flow run r2: found ",
  ]);
  assert.match(lines[1] ?? "", /found 0 ms, claimed 300 ms/);
});
