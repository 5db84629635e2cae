import assert from "node:assert/strict";
import { makeRefusals } from "../../agent/refusals.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { fakeClock, settle } from "../support/clock.ts";

type Fail = Parameters<typeof makeRefusals>[0]["orchestrator"]["fail"];

function refusals(fail: Fail) {
  const clock = fakeClock();
  const logged: string[] = [];
  const made = makeRefusals({
    orchestrator: { fail },
    clock,
    log: (level, text) => logged.push(`${level} ${text}`),
  });
  return { ...made, clock, logged };
}

const BAD = { id: "r1", version: "3", message: "Cannot read flow run r1: flow is missing" };

Deno.test("refusals: given a bad run, when it is refused, then it is set to Failed at its version with the reason", async () => {
  const asked: unknown[] = [];
  const { refuse, settled, logged } = refusals((run, failure) => {
    asked.push([run, failure]);
    return Promise.resolve(null);
  });

  refuse(BAD);
  await settled(1000);

  const failure = { tag: "badFlowRun", field: "flow_run", message: BAD.message };
  assert.deepEqual(asked, [[{ id: "r1", version: "3", claim: null, held: false }, failure]]);
  assert.deepEqual(logged, [`ERROR ${BAD.message}`]);
});

Deno.test("refusals: given a run on its way to Failed, when it is found again, then nothing is sent twice", async () => {
  let asked = 0;
  let finish = () => {};
  const { refuse, settled } = refusals(() => {
    asked++;
    return new Promise((resolve) => (finish = () => resolve(null)));
  });

  refuse(BAD);
  refuse(BAD);
  assert.equal(asked, 1);
  finish();
  await settled(1000);
  refuse(BAD);

  assert.equal(asked, 2);
});

Deno.test("refusals: given a run without an id, when it is refused, then it is only told of", async () => {
  const { refuse, settled, logged } = refusals(() => assert.fail("nothing to set"));

  refuse({ ...BAD, id: "" });
  await settled(1000);

  assert.equal(logged.length, 1);
});

Deno.test("refusals: given an API that refuses, when a run is refused, then the log says so and nothing is thrown", async () => {
  const { refuse, settled, logged } = refusals(() => {
    throw new FailureError({ tag: "apiError", code: "", message: "no" });
  });

  refuse(BAD);
  await settled(1000);

  assert.deepEqual(logged.slice(1), [
    "ERROR Cannot set flow run r1 to Failed: no; it is left alone for 10 min",
  ]);
});

Deno.test("refusals: given an API that never answers, when the agent ends, then it waits for its grace and no longer", async () => {
  let aborted = false;
  const { refuse, settled, clock } = refusals((_run, _failure, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(aborted = true));
    })
  );

  refuse(BAD);
  let over = false;
  const end = settled(1000).then(() => (over = true));
  await clock.advance(999);
  assert.equal(over, false);
  await clock.advance(1);
  await end;
  await settle();

  assert.equal(aborted, true);
  assert.equal(clock.pending(), 0);
});
