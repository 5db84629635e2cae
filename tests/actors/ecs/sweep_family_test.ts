import assert from "node:assert/strict";
import { makeSweepFamily } from "../../../actors/ecs/sweep_family.ts";
import { arnOf, fakeEcs, type GivenDefinition, refused } from "../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;

function setUp(given: readonly GivenDefinition[]) {
  const ecs = fakeEcs(given);
  const gone: string[] = [];
  const lines: string[] = [];
  const deregister = (arn: string) => {
    gone.push(arn);
    ecs.deactivate(arn);
    return Promise.resolve();
  };
  const log = (level: string, text: string) => void lines.push(`${level} ${text}`);
  return { ecs, gone, lines, sweep: makeSweepFamily({ ecs: ecs.calls, deregister, log }) };
}

Deno.test("sweep: given a family with two revisions, when swept, then both are deregistered and no other family is touched", async () => {
  const { gone, sweep } = setUp([
    { family: "own", revision: 1 },
    { family: "own", revision: 2 },
    { family: "own-other", revision: 1 },
  ]);

  await sweep("own", SIGNAL);

  assert.deepEqual(gone, [arnOf("own", 2), arnOf("own", 1)]);
});

Deno.test("sweep: given nothing is left, when swept, then one question is all", async () => {
  const { ecs, gone, sweep } = setUp([{ family: "own", revision: 1, status: "INACTIVE" }]);

  await sweep("own", SIGNAL);

  assert.deepEqual([gone, ecs.operations()], [[], ["DescribeTaskDefinition"]]);
});

Deno.test("sweep: given IAM refuses to look, when swept, then nothing is thrown", async () => {
  const { ecs, gone, lines, sweep } = setUp([{ family: "own", revision: 1 }]);
  ecs.failNext(
    "DescribeTaskDefinition",
    refused("DescribeTaskDefinition", "AccessDeniedException", "not authorized"),
  );

  await sweep("own", SIGNAL);

  assert.deepEqual(gone, []);
  assert.match(lines.join(), /^DEBUG Cannot look for what is left of family own/);
});

Deno.test("sweep: given a revision that cannot be deregistered, when swept, then it is not tried for ever", async () => {
  const ecs = fakeEcs([{ family: "own", revision: 1 }]);
  let tries = 0;
  const sweep = makeSweepFamily({
    ecs: ecs.calls,
    deregister: () => Promise.resolve(void tries++),
    log: () => undefined,
  });

  await sweep("own", SIGNAL);

  assert.equal(tries, 1);
});

Deno.test("sweep: given a family that somebody goes on registering in, when swept, then ten are enough", async () => {
  const given = Array.from({ length: 30 }, (_, at) => ({ family: "own", revision: at + 1 }));
  const { gone, sweep } = setUp(given);

  await sweep("own", SIGNAL);

  assert.deepEqual(gone, given.slice(-10).reverse().map(({ revision }) => arnOf("own", revision)));
});

Deno.test("sweep: given a signal that is aborted, when swept, then nothing is asked", async () => {
  const { ecs, sweep } = setUp([{ family: "own", revision: 1 }]);

  await sweep("own", AbortSignal.abort());

  assert.deepEqual(ecs.asked, []);
});
