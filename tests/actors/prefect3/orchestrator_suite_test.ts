import { dialectWorld } from "../../support/prefect3/dialect.ts";
import { testOrchestrator } from "../../support/test_orchestrator.ts";

const STATES = {
  running: { type: "RUNNING", name: "Running" },
  succeeded: { type: "COMPLETED", name: "Completed" },
  cancelling: { type: "CANCELLING", name: "Cancelling" },
} as const;

testOrchestrator("Prefect 3 in memory", () => {
  const { clock, world, lines, process } = dialectWorld();
  const all = [process(), process()];
  const [first = process(), replica = process()] = all;
  return Promise.resolve({
    first,
    replica,
    schedule: () => Promise.resolve(world.schedule().id),
    report: async (runId, state) => {
      // What follows the claim is sent first.
      await clock.advance(1000);
      world.set(runId, STATES[state]);
    },
    logged: (runId) => {
      const own = lines.filter((line) => line.runId === runId).map(({ message }) => message);
      return Promise.resolve([...own, world.run(runId).pid ?? ""]);
    },
    pass: () => clock.advance(250),
    close: async () => {
      for (const one of all) await one.end(AbortSignal.abort());
    },
  });
});
