import assert from "node:assert/strict";
import { NO_DOUBT } from "../../../schemas/flow_run/flow_run.ts";
import { makeRunsInFlight } from "../../../agent/runs_in_flight.ts";
import { makePlanner } from "../../../agent/planning/make_plan.ts";
import type { Reading, Readings, Source } from "../../../schemas/plan/source.ts";
import type { LoopStep } from "../../../schemas/contracts/timed.ts";

const SIGNAL = new AbortController().signal;
const SOURCES: readonly Source[] = [
  { kind: "file", key: "template", holds: "mapping" },
  { kind: "file", key: "text" },
  { kind: "file", key: "gone", holds: "mapping" },
];
const READINGS: Readings = {
  template: { kind: "text", text: "a: 1" },
  text: { kind: "text", text: "b: 2" },
  gone: { kind: "absent", message: "no" },
};

function planner(more: Partial<Parameters<typeof makePlanner<null, string, Readings>>[0]>) {
  const planned: Readings[] = [];
  const makePlan = makePlanner<null, string, Readings>({
    inFlight: makeRunsInFlight(),
    flavour: {
      name: "fake",
      startSources: () => [],
      prepare: (options) => options,
      samples: () => [],
      warnings: () => [],
      registered: (options) => options,
      sources: () => SOURCES,
      plan: (_run, _options, readings) => {
        planned.push(readings);
        return readings;
      },
    },
    options: () => null,
    readSource: ({ key }) => Promise.resolve<Reading>(READINGS[key] ?? { kind: "absent", message: key }),
    platform: { check: () => undefined },
    ...more,
  });
  return { makePlan, planned };
}

const HELD = {
  header: {
    id: "r1",
    name: "r",
    flowId: "f1",
    flowName: "etl",
    version: "1",
    stateType: "Scheduled",
    dueAtMs: null,
  },
  doubt: NO_DOUBT,
  run: "run",
};

Deno.test("plan: given a parser, when a run is planned, then texts that hold mappings arrive parsed and others as they are", async () => {
  const parse = (text: string) => Promise.resolve({ mapping: { parsed: text } });
  assert.deepEqual(await planner({ parse }).makePlan(HELD, SIGNAL), {
    ...READINGS,
    template: { kind: "parsed", parsed: { mapping: { parsed: "a: 1" } } },
  });
});

Deno.test("plan: given no parser, when a run is planned, then the flavour gets the texts", async () => {
  assert.deepEqual(await planner({}).makePlan(HELD, SIGNAL), READINGS);
});

Deno.test("plan: given a measure, when a run is planned, then parsing, planning and checking are measured for it", async () => {
  const steps: [LoopStep, string][] = [];
  const parse = () => Promise.resolve({ problem: "no" });
  await planner({
    parse,
    timed: (step, runId, work) => {
      steps.push([step, runId]);
      return work();
    },
  }).makePlan(HELD, SIGNAL);
  assert.deepEqual(steps, [["parse", "r1"], ["plan", "r1"], ["check", "r1"]]);
});
