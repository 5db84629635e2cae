import assert from "node:assert/strict";
import type { Deregistered } from "../../../../actors/ecs/definitions/deregister_task_definition.ts";
import { makeSweepFamily } from "../../../../actors/ecs/definitions/sweep_family.ts";
import { arnOf, fakeEcs, type GivenDefinition, refused } from "../../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;

function setUp(given: readonly GivenDefinition[]) {
  const ecs = fakeEcs(given);
  const gone: string[] = [];
  const lines: string[] = [];
  const deregister = (arn: string) => {
    gone.push(arn);
    ecs.deactivate(arn);
    return Promise.resolve("done" as const);
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

  const isSwept = await sweep("own", SIGNAL);

  assert.deepEqual([isSwept, gone], [true, [arnOf("own", 2), arnOf("own", 1)]]);
});

Deno.test("sweep: given nothing is left, when swept, then one question is all", async () => {
  const { ecs, gone, sweep } = setUp([{ family: "own", revision: 1, status: "INACTIVE" }]);

  await sweep("own", SIGNAL);

  assert.deepEqual([gone, ecs.operations()], [[], ["DescribeTaskDefinition"]]);
});

for (
  const [what, failure, isSwept] of [
    [
      "IAM refuses to look",
      refused("DescribeTaskDefinition", "AccessDeniedException", "not authorized"),
      true,
    ],
    ["AWS is busy", { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" }, false],
    ["the answer is lost", { tag: "unreachable", message: "Connection reset" }, false],
  ] as const
) {
  Deno.test(`sweep: given ${what}, when swept, then nothing is thrown and ${isSwept ? "no other sweep helps" : "another sweep may help"}`, async () => {
    const { ecs, gone, lines, sweep } = setUp([{ family: "own", revision: 1 }]);
    ecs.failNext("DescribeTaskDefinition", failure);

    const answer = await sweep("own", SIGNAL);

    assert.deepEqual([answer, gone], [isSwept, []]);
    assert.match(lines.join(), /^DEBUG Cannot look for what is left of family own/);
  });
}

for (
  const [outcome, isSwept] of [["stays", true], ["later", false]] as const satisfies readonly [
    Deregistered,
    boolean,
  ][]
) {
  Deno.test(`sweep: given a revision whose deregistration answers ${outcome}, when swept, then it is tried once and ${isSwept ? "no other sweep helps" : "another sweep may help"}`, async () => {
    const ecs = fakeEcs([{ family: "own", revision: 1 }]);
    const tried: string[] = [];
    const sweep = makeSweepFamily({
      ecs: ecs.calls,
      deregister: (arn) => {
        tried.push(arn);
        return Promise.resolve(outcome);
      },
      log: () => undefined,
    });

    const answer = await sweep("own", SIGNAL);

    assert.deepEqual([answer, tried], [isSwept, [arnOf("own", 1)]]);
  });
}

Deno.test("sweep: given a family in which registrations go on, when swept, then one sweep ends after ten and says that more may be left", async () => {
  const given = Array.from({ length: 30 }, (_, at) => ({ family: "own", revision: at + 1 }));
  const { gone, sweep } = setUp(given);

  const isSwept = await sweep("own", SIGNAL);

  assert.equal(isSwept, false);
  assert.deepEqual(gone, given.slice(-10).reverse().map(({ revision }) => arnOf("own", revision)));
});

Deno.test("sweep: given a signal that is aborted, when swept, then nothing is asked", async () => {
  const { ecs, sweep } = setUp([{ family: "own", revision: 1 }]);

  await sweep("own", AbortSignal.abort());

  assert.deepEqual(ecs.asked, []);
});
