/** Which revision of a family belongs to a flow. @module */

import assert from "node:assert/strict";
import { findRevision, type VersionPlan } from "../../../../actors/ecs/definitions/find_revision.ts";
import { arnOf, fakeEcs, type GivenDefinition } from "../../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;
const MINE = "a1b2c3d4";
const OTHER = "ffffffff";

function tagged(revision: number, flowId: string, version?: string): GivenDefinition {
  const own = version === undefined ? {} : { PrefectFlowVersion: version };
  return { family: "etl", revision, tags: { PrefectFlowId: flowId, ...own } };
}

interface Row {
  readonly what: string;
  readonly definitions: readonly GivenDefinition[];
  readonly flowVersion: number | null;
  readonly lastUsed?: string;
  /** Revision, null where one is to be registered. */
  readonly expected: number | null;
  readonly operations: readonly string[];
}

const SEARCHED = ["GetResources", "DescribeTaskDefinition"];

const ROWS: readonly Row[] = [
  {
    what: "the newest revision is the flow's",
    definitions: [tagged(1, OTHER, "1"), tagged(2, MINE, "1")],
    flowVersion: 9,
    expected: 2,
    operations: [],
  },
  {
    what: "the flow is older than the newest and has one",
    definitions: [tagged(1, MINE, "3"), tagged(2, OTHER, "4")],
    flowVersion: 3,
    expected: 1,
    operations: SEARCHED,
  },
  {
    what: "the flow is older than the newest and has none",
    definitions: [tagged(2, OTHER, "4")],
    flowVersion: 3,
    expected: null,
    operations: ["GetResources"],
  },
  {
    what: "the flow is as new as the newest",
    definitions: [tagged(1, MINE, "4"), tagged(2, OTHER, "4")],
    flowVersion: 4,
    expected: null,
    operations: [],
  },
  {
    what: "the newest has no version",
    definitions: [tagged(1, MINE, "1"), tagged(2, OTHER)],
    flowVersion: 0,
    expected: null,
    operations: [],
  },
  {
    what: "the flow has no version",
    definitions: [tagged(1, MINE, "1"), tagged(2, OTHER, "1")],
    flowVersion: null,
    expected: 1,
    operations: SEARCHED,
  },
  {
    what: "version tags have blanks and signs, as Python's int() reads them",
    definitions: [tagged(1, MINE), tagged(2, OTHER, " +12 ")],
    flowVersion: 11,
    expected: 1,
    operations: SEARCHED,
  },
  {
    what: "versions are numbers, not texts",
    definitions: [tagged(1, MINE), tagged(2, OTHER, "9")],
    flowVersion: 10,
    expected: null,
    operations: [],
  },
  {
    what: "it ran another one before, though it is newer",
    definitions: [tagged(1, MINE, "4"), tagged(2, OTHER, "4")],
    flowVersion: 5,
    lastUsed: arnOf("etl", 1),
    expected: 1,
    operations: ["DescribeTaskDefinition"],
  },
  {
    what: "what it ran before is inactive by now",
    definitions: [
      { ...tagged(1, MINE, "4"), status: "INACTIVE" },
      tagged(2, MINE, "4"),
      tagged(3, OTHER, "6"),
    ],
    flowVersion: 5,
    lastUsed: arnOf("etl", 1),
    expected: 2,
    operations: ["DescribeTaskDefinition", "GetResources", "DescribeTaskDefinition"],
  },
];

for (const { what, definitions, flowVersion, lastUsed = null, expected, operations } of ROWS) {
  Deno.test(`find revision: given ${what}, when looked for, then ${expected ?? "one is to be registered"}`, async () => {
    const ecs = fakeEcs(definitions);
    const newest = await ecs.calls.describeTaskDefinition("etl", SIGNAL) ?? assert.fail();
    const plan: VersionPlan = {
      how: "byFlowVersion",
      family: "etl",
      flowId: MINE,
      flowVersion,
      request: {},
      runByFamily: false,
    };

    const found = await findRevision(plan, newest, {
      ecs: ecs.calls,
      lastUsed,
      signal: SIGNAL,
      waiter: "etl",
    });

    assert.equal(found, expected === null ? null : arnOf("etl", expected));
    assert.deepEqual(ecs.operations().slice(1), operations);
  });
}

Deno.test("find revision: given twelve revisions of the flow, when the highest ten are gone, then no more are looked at", async () => {
  const gone = Array.from({ length: 10 }, (_, at) => ({ ...tagged(at + 3, MINE, "1"), status: "INACTIVE" }));
  const ecs = fakeEcs([tagged(1, MINE, "1"), tagged(2, MINE, "1"), ...gone, tagged(13, OTHER, "9")]);
  const newest = await ecs.calls.describeTaskDefinition("etl", SIGNAL);
  assert.ok(newest !== null);
  const plan = {
    how: "byFlowVersion",
    family: "etl",
    flowId: MINE,
    flowVersion: 1,
    request: {},
    runByFamily: false,
  } as const;

  assert.equal(
    await findRevision(plan, newest, { ecs: ecs.calls, lastUsed: null, signal: SIGNAL, waiter: "etl" }),
    null,
  );
  assert.deepEqual(
    ecs.asked.slice(2).map(([, arn]) => arn),
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((revision) => arnOf("etl", revision)),
  );
});
