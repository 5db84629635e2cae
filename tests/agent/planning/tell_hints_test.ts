import assert from "node:assert/strict";
import { makeTellHints } from "../../../agent/planning/tell_hints.ts";

const SIGNAL = new AbortController().signal;

function telling(most?: number) {
  const own: string[] = [];
  const ofRuns: string[] = [];
  const tell = makeTellHints({
    log: (_level, message) => own.push(message),
    orchestrator: {
      log: (runId, _level, message) => Promise.resolve(void ofRuns.push(`${runId} ${message}`)),
    },
  }, most);
  return { tell, own, ofRuns };
}

Deno.test("hints: given two runs with the same key, when both are planned, then it is told once, in both logs", async () => {
  const { tell, own, ofRuns } = telling();

  await tell("r1", [{ key: "d a", text: "a has no effect" }], SIGNAL);
  await tell(
    "r2",
    [{ key: "d a", text: "a has no effect" }, { key: "d b", text: "b has no effect" }],
    SIGNAL,
  );

  assert.deepEqual(own, ["Flow run r1: a has no effect", "Flow run r2: b has no effect"]);
  assert.deepEqual(ofRuns, ["r1 a has no effect", "r2 b has no effect"]);
});

Deno.test("hints: given more keys than are remembered, when the first comes again, then it is told again", async () => {
  const { tell, own } = telling(2);

  for (const key of ["a", "b", "c", "c", "a"]) await tell("r", [{ key, text: key }], SIGNAL);

  assert.deepEqual(own.map((line) => line.at(-1)), ["a", "b", "c", "a"]);
});
