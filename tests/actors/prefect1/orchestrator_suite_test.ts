/** Prefect 1 passes the suite of orchestrators against its API in memory. @module */

import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { type FakePrefect, fakePrefect, scheduledRun } from "../../support/fake_prefect1.ts";
import { fakeClock } from "../../support/clock.ts";
import { testAgent } from "../../support/prefect1_agent.ts";
import { type Reported, testOrchestrator } from "../../support/test_orchestrator.ts";

const TYPES: Readonly<Record<Reported, string>> = {
  running: "Running",
  succeeded: "Success",
  cancelling: "Cancelling",
};

testOrchestrator<FlowRun>("Prefect 1 in memory", () => {
  const api = fakePrefect();
  const clock = fakeClock();
  const process = (seed: number) => testAgent(api.call, { clock, random: seeded(seed) }).orchestrator;
  return Promise.resolve({
    first: process(0.1),
    replica: process(0.2),
    schedule: () => Promise.resolve(schedule(api)),
    report: (id, state) => Promise.resolve(report(api, id, TYPES[state])),
    logged: (id) => Promise.resolve(linesOf(api, id)),
    pass: () => clock.advance(100),
    close: () => Promise.resolve(),
  });
});

/** Processes of one agent are told apart by a random name. */
function seeded(seed: number): () => number {
  let last = seed;
  return () => last = (last * 7.13 + 0.17) % 1;
}

function schedule(api: FakePrefect): string {
  const id = crypto.randomUUID();
  api.runs.set(id, scheduledRun(id));
  api.queue = [...api.runs.values()].filter(({ state }) => state.type === "Scheduled").map((run) => run.id);
  return id;
}

/** As the flow's own process does. */
function report(api: FakePrefect, id: string, type: string): void {
  const run = api.runs.get(id);
  if (run === undefined) throw new RangeError(`There is no run ${id}`);
  run.states = [run.state, ...run.states ?? []];
  run.state = { type, message: "" };
  run.version++;
}

function linesOf(api: FakePrefect, id: string): readonly string[] {
  return api.logs.filter((line) => line.flow_run_id === id).map(({ message }) => String(message));
}
