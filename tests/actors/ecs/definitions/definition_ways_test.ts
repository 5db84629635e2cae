/** How runs that share a definition recognise the revision to reuse, and register one. @module */

import assert from "node:assert/strict";
import {
  type DefinitionTools,
  type SharedPlan,
  type SharedWay,
  sharedWay,
} from "../../../../actors/ecs/definitions/definition_ways.ts";
import { makeMissingPermissions } from "../../../../actors/ecs/definitions/missing_permissions.ts";
import { DIGEST_TAG } from "../../../../actors/ecs/definitions/register_with_digest.ts";
import type { TaskDefinition } from "../../../../actors/ecs/calls.ts";
import type { DefinitionPlan } from "../../../../schemas/ecs/launch_plan.ts";
import type { Failure } from "../../../../schemas/failure/failure.ts";
import { fakeClock } from "../../../support/clock.ts";
import { arnOf, fakeEcs, type GivenDefinition, refused } from "../../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;
const REQUEST = { family: "etl", containerDefinitions: [{ name: "flow", image: "flows:1" }] };
const byDigest: SharedPlan = { how: "byDigest", family: "etl", digest: "d1", request: REQUEST };
const byMeaning: SharedPlan = { ...byDigest, byMeaning: true };
const byFamily: SharedPlan = { how: "byFamily", family: "etl", request: REQUEST, runByFamily: false };
const byVersion: SharedPlan = { ...byFamily, how: "byFlowVersion", flowId: "f1", flowVersion: 1 };

function wayOf(plan: DefinitionPlan): SharedWay {
  return sharedWay(plan) ?? assert.fail("it is not shared");
}

function setUp(given: readonly GivenDefinition[] = []) {
  const ecs = fakeEcs(given);
  const clock = fakeClock();
  const warned: string[] = [];
  const tools: DefinitionTools = {
    ecs: ecs.calls,
    warn: (key) => void warned.push(key),
    lastUsed: new Map(),
    refused: makeMissingPermissions(clock),
  };
  return { ecs, clock, tools, warned };
}

const digested = (revision: number, digest: string, status = "ACTIVE"): GivenDefinition => ({
  family: "etl",
  revision,
  status,
  tags: { [DIGEST_TAG]: digest },
});

function described(revision: number, more: Partial<TaskDefinition> = {}): TaskDefinition {
  return {
    arn: arnOf("etl", revision),
    family: "etl",
    revision,
    status: "ACTIVE",
    taskRoleArn: null,
    executionRoleArn: null,
    containers: [],
    tags: {},
    ...more,
  };
}

for (
  const [how, plan] of [
    ["existing", { how: "existing", name: "etl:3" }],
    ["perRun", { how: "perRun", ownFamily: null, request: REQUEST }],
  ] as const
) {
  Deno.test(`ways: given a definition that is ${how}, when asked for its way, then it is shared with no other run`, () => {
    assert.equal(sharedWay(plan), null);
  });
}

Deno.test("ways: given plans that need different definitions, when their keys are compared, then all differ; equal ones are equal", () => {
  const plans: readonly SharedPlan[] = [
    byDigest,
    { ...byDigest, digest: "d2" },
    { ...byDigest, family: "other" },
    byFamily,
    byVersion,
    { ...byVersion, flowId: "f2" },
  ];

  assert.equal(new Set(plans.map((plan) => wayOf(plan).key)).size, plans.length);
  assert.equal(wayOf({ ...byMeaning }).key, wayOf(byDigest).key);
});

for (
  const [name, plan, lifeMs] of [
    ["by digest", byDigest, Infinity],
    ["by family", byFamily, 60],
    ["by flow version", byVersion, 60],
    ["by flow version and bare family", { ...byVersion, runByFamily: true }, 0],
  ] as const
) {
  Deno.test(`ways ${name}: given a definition that was found, when asked for how long it holds, then for ${lifeMs}`, () => {
    assert.equal(wayOf(plan).lifeMs(60), lifeMs);
  });
}

for (
  const [status, isFound] of [["ACTIVE", true], ["INACTIVE", false], ["DELETE_IN_PROGRESS", false]] as const
) {
  Deno.test(`ways: given a family whose newest revision is ${status}, when looked for, then it is ${isFound ? "" : "not "}there`, async () => {
    for (const plan of [byDigest, byFamily, byVersion]) {
      const { tools, ecs } = setUp();
      const describeTaskDefinition = () => Promise.resolve(described(1, { status }));

      const newest = await wayOf(plan).newest(
        { ...tools, ecs: { ...ecs.calls, describeTaskDefinition } },
        SIGNAL,
      );

      assert.equal(newest !== null, isFound);
    }
  });
}

Deno.test("ways by digest: given the newest revision has the digest, when chosen, then it is that one, unasked", async () => {
  const { tools, ecs } = setUp();

  const chosen = await wayOf(byMeaning).choose(described(7, { tags: { [DIGEST_TAG]: "d1" } }), tools, SIGNAL);

  assert.deepEqual([chosen, ecs.asked], [arnOf("etl", 7), []]);
});

Deno.test("ways by digest: given a newest revision of the same meaning, when chosen, then it is reused where that may be", async () => {
  const { tools } = setUp();
  const newest = described(7, { document: REQUEST });

  const may = await wayOf(byMeaning).choose(newest, tools, SIGNAL);
  const mayNot = await wayOf(byDigest).choose(newest, tools, SIGNAL);

  assert.deepEqual([may, mayNot], [arnOf("etl", 7), null]);
});

Deno.test("ways by digest: given earlier revisions with the digest, when another is the newest, then the highest ACTIVE one of the family is reused", async () => {
  const { tools } = setUp([
    digested(9, "d1"),
    digested(2, "d1"),
    digested(10, "d1", "INACTIVE"),
    { ...digested(12, "d1"), family: "etl-2" },
    digested(11, "d2"),
  ]);

  const chosen = await wayOf(byMeaning).choose(described(11), tools, SIGNAL);

  assert.equal(chosen, arnOf("etl", 9));
});

const DENIED = refused(
  "GetResources",
  "AccessDeniedException",
  "not authorized to perform: tag:GetResources",
);

Deno.test("ways by digest: given the search is denied, when chosen, then none is, and it is tried again after ten minutes", async () => {
  const { tools, ecs, clock } = setUp([digested(1, "d1")]);
  ecs.failNext("GetResources", DENIED);
  const choose = () => wayOf(byMeaning).choose(described(2), tools, SIGNAL);

  const first = await choose();
  await clock.advance(599_999);
  const second = await choose();
  const asked = ecs.asked.length;
  await clock.advance(1);
  const third = await choose();

  assert.deepEqual([first, second, asked, third], [null, null, 1, arnOf("etl", 1)]);
});

const OTHERS: readonly Failure[] = [
  { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" },
  { tag: "unavailable", status: 503, message: "not now" },
  { tag: "timedOut", message: "no answer" },
  { tag: "unreachable", message: "reset" },
  refused("GetResources", "InvalidParameterException", "no"),
];

for (const failure of OTHERS) {
  Deno.test(`ways by digest: given a search that fails with ${failure.tag}, when chosen, then none is, and the next search is made`, async () => {
    const { tools, ecs } = setUp([digested(1, "d1")]);
    ecs.failNext("GetResources", failure);
    const choose = () => wayOf(byMeaning).choose(described(2), tools, SIGNAL);

    assert.deepEqual([await choose(), await choose()], [null, arnOf("etl", 1)]);
  });
}

Deno.test("ways by digest: given describing is denied, when looked for, then none is there, with one warning, until ten minutes have passed", async () => {
  const { tools, ecs, clock, warned } = setUp([digested(1, "d1")]);
  ecs.failNext("DescribeTaskDefinition", refused("DescribeTaskDefinition", "AccessDeniedException", "no"));
  const newest = () => wayOf(byDigest).newest(tools, SIGNAL);

  const [first, second] = [await newest(), await newest()];
  await clock.advance(600_000);
  const third = await newest();

  assert.deepEqual([first, second, third?.arn, warned], [null, null, arnOf("etl", 1), ["describe"]]);
});

for (
  const [name, plan, isNewest, expected] of [
    ["by digest", byDigest, true, arnOf("etl", 1)],
    ["by family", byFamily, true, arnOf("etl", 1)],
    ["by bare family", { ...byFamily, runByFamily: true }, true, "etl"],
    ["by bare family", { ...byFamily, runByFamily: true }, false, arnOf("etl", 1)],
  ] as const
) {
  Deno.test(`ways ${name}: given ${isNewest ? "the newest" : "an earlier"} revision, when it is to run, then as ${expected}`, () => {
    assert.equal(wayOf(plan).nameOf(arnOf("etl", 1), isNewest), expected);
  });
}
