import assert from "node:assert/strict";
import { makeStepTimes, timedLog } from "../../../actors/observability/step_times.ts";
import type { LogSubject } from "../../../schemas/contracts/log.ts";

function watched() {
  let now = 0;
  const lines: { readonly level: string; readonly message: string; readonly subject?: LogSubject }[] = [];
  const times = makeStepTimes({
    elapsedMs: () => now,
    log: (level, message, subject) => lines.push({ level, message, ...(subject && { subject }) }),
  });
  const pass = (ms: number) => () => (now += ms);
  return { ...times, lines, pass };
}

Deno.test("steps: given steps of some milliseconds, when measured, then the longest of each kind is kept until it is taken", () => {
  const { timed, takeLongest, lines, pass } = watched();
  timed("plan", "a", pass(5));
  timed("plan", "b", pass(9));
  timed("plan", "a", pass(7));
  timed("check", "a", pass(100));

  assert.deepEqual([...takeLongest()], [["plan", 9], ["check", 100]]);
  assert.deepEqual([...takeLongest()], []);
  assert.deepEqual(lines, []);
});

Deno.test("steps: given a step that holds the loop for more than 100 ms, when it ends, then its run is told once", () => {
  const { timed, lines, pass } = watched();
  timed("plan", "a", pass(101));
  timed("check", "a", pass(500));
  timed("check", "b", pass(200.4));

  assert.deepEqual(lines.map(({ level, subject }) => [level, subject?.runId]), [["WARNING", "a"], [
    "WARNING",
    "b",
  ]]);
  assert.equal(
    lines[1]?.message,
    "Flow run b: it took 200 ms to check its requests, and all other runs waited; " +
      "if this repeats, make its run config or template smaller or give the agent more CPU",
  );
});

Deno.test("steps: given a step that throws, when measured, then it counts and its failure goes on", () => {
  const { timed, takeLongest, pass } = watched();
  const failing = () => {
    pass(50)();
    throw new Error("no");
  };
  assert.throws(() => timed("parse", "a", failing), /^Error: no$/);
  assert.deepEqual([...takeLongest()], [["parse", 50]]);
});

Deno.test("steps: given thousands of runs with slow steps, when told, then the first are forgotten", () => {
  const { timed, lines, pass } = watched();
  for (let run = 0; run <= 1000; run++) timed("plan", String(run), pass(101));
  timed("plan", "1000", pass(101));
  timed("plan", "0", pass(101));
  assert.equal(lines.length, 1002);
});

Deno.test("steps: given lines of runs and of the agent, when logged, then those of runs are measured as redact", () => {
  const { timed, takeLongest, lines, pass } = watched();
  const written: string[] = [];
  const log = timedLog((_level, message) => {
    written.push(message);
    pass(message.length)();
  }, timed);

  log("INFO", "of the agent");
  assert.deepEqual([...takeLongest()], []);
  log("INFO", "of a", { runId: "a" });
  assert.deepEqual([...takeLongest()], [["redact", 4]]);
  log("INFO", "x".repeat(101), { runId: "a" });
  assert.equal(written.length, 3);
  assert.match(lines[0]?.message ?? "", /^Flow run a: it took 101 ms to hide secrets in what is said of it/);
});
