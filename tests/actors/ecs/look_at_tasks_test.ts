/** Looking at many tasks, of which some calls are not answered. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { makeLook } from "../../../actors/ecs/look_at_tasks.ts";
import type { RunTaskAnswer } from "../../../actors/ecs/calls.ts";
import type { TaskSight } from "../../../schemas/contracts/platform.ts";
import { type FakeClock, fakeClock, settle } from "../../support/clock.ts";
import { task, taskArn } from "../../support/fake_ecs.ts";
import { placeIn } from "../../support/watched_world.ts";

const SIGNAL = new AbortController().signal;

/** ECS whose calls are answered by hand. */
function world() {
  const clock = fakeClock();
  const logged: string[] = [];
  const calls: { readonly arns: readonly string[]; readonly answer: () => void }[] = [];
  const look = makeLook({
    ecs: {
      describeTasks: (_cluster, arns) => {
        const { promise, resolve } = Promise.withResolvers<RunTaskAnswer>();
        const tasks = arns.map((arn) => task(arn, { lastStatus: "RUNNING" }));
        calls.push({ arns, answer: () => resolve({ tasks, failures: [] }) });
        return promise;
      },
    },
    clock,
    log: (level, line) => void logged.push(`${level} ${line}`),
  });
  const lookAt = (count: number) => {
    const ids = Array.from({ length: count }, (_, n) => taskArn(n + 1));
    return look(ids.map((id) => ({ id, place: placeIn("default") })), SIGNAL);
  };
  return { clock, calls, lookAt, logged };
}

type Sights = ReadonlyMap<string, TaskSight>;

/** The answer once time has passed; null: it is not there yet. */
async function after(ms: number, answer: Promise<Sights>, clock: FakeClock): Promise<Sights | null> {
  let got: Sights | null = null;
  void answer.then((sights) => got = sights);
  await clock.advance(ms);
  await settle();
  return got;
}

Deno.test("look: given a call that is not answered, when others are, then their tasks are told after 3 s, and it is not sent again", async () => {
  const { clock, calls, lookAt } = world();
  const first = lookAt(150);
  await settle();
  calls[1]?.answer();

  const seen = await after(3000, first, clock);
  const second = lookAt(150);
  await settle();
  calls[2]?.answer();
  const again = await after(3000, second, clock);

  assert.deepEqual([seen?.size, again?.size], [50, 50]);
  assert.deepEqual(calls.map(({ arns }) => arns.length), [100, 50, 50]);
});

Deno.test("look: given an answer that comes between two looks, when its tasks are looked at next, then it counts", async () => {
  const { clock, calls, lookAt } = world();
  assert.equal((await after(3000, lookAt(1), clock))?.size, 0);
  calls[0]?.answer();
  await clock.advance(5000);

  const seen = await lookAt(1);

  assert.deepEqual([...seen.values()], [{ phase: "running", status: "RUNNING" }]);
  assert.equal(calls.length, 1);
});

Deno.test("look: given an answer that came more than a minute ago, when its tasks are looked at, then ECS is asked again", async () => {
  const { clock, calls, lookAt } = world();
  await after(3000, lookAt(1), clock);
  calls[0]?.answer();
  await clock.advance(60_001);

  void lookAt(1);
  await settle();

  assert.equal(calls.length, 2);
});

Deno.test("look: given any calls that are not answered, when 3 s for each place in the queue have passed, then exactly the tasks of the others are told", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), async (answered) => {
      const { clock, calls, lookAt } = world();
      const looked = lookAt(answered.length * 100);
      for (let lane = 0; lane < answered.length; lane++) {
        // Each answer lets the next call be sent, which is answered at once as well.
        for (let next = 0; next < answered.length; next++) {
          await settle();
          calls.forEach(({ answer }, at) => answered[at] === true && answer());
        }
        await clock.advance(3000);
      }

      const seen = await after(0, looked, clock);

      const expected = calls.flatMap(({ arns }, at) => answered[at] === true ? arns : []);
      assert.deepEqual([...seen?.keys() ?? []].toSorted(), expected.toSorted());
    }),
    { numRuns: 40 },
  );
});

Deno.test("look: given a call that is not answered, when 15 s have passed, then the log says so once", async () => {
  const { clock, lookAt, logged } = world();
  await after(3000, lookAt(1), clock);
  await clock.advance(11_000);
  const early = [...logged];

  await clock.advance(1000);

  assert.deepEqual(early, []);
  assert.match(
    logged.join("\n"),
    /^WARNING Cannot look at the tasks of cluster default [^\n]*no answer yet[^\n]*$/,
  );
});
