import assert from "node:assert/strict";
import fc from "fast-check";
import {
  makeTaskDefinitions,
  type TaskDefinitions,
} from "../../../../actors/ecs/definitions/ensure_task_definition.ts";
import type { EcsCalls } from "../../../../actors/ecs/calls.ts";
import { DIGEST_TAG } from "../../../../actors/ecs/definitions/register_with_digest.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import type { DefinitionPlan } from "../../../../schemas/ecs/launch_plan.ts";
import { fakeClock } from "../../../support/clock.ts";
import { arnOf, fakeEcs, type GivenDefinition, refused } from "../../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;
const REQUEST = { family: "etl", containerDefinitions: [], tags: [{ key: "prefect:flow-id", value: "1" }] };

const byDigest: DefinitionPlan = { how: "byDigest", family: "etl", digest: "d1", request: REQUEST };
const byFamily: DefinitionPlan = { how: "byFamily", family: "etl", request: REQUEST, runByFamily: false };
const byVersion = (flowId: string, flowVersion = 1, runByFamily = false): DefinitionPlan => ({
  how: "byFlowVersion",
  family: "etl",
  flowId,
  flowVersion,
  runByFamily,
  request: {
    ...REQUEST,
    tags: [{ key: "PrefectFlowId", value: flowId }, { key: "PrefectFlowVersion", value: `${flowVersion}` }],
  },
});

/** Ensures the definition of run-1. */
function ensureFor({ ensure }: TaskDefinitions) {
  return (plan: DefinitionPlan, signal: AbortSignal) => ensure({ runId: "run-1", plan }, signal);
}

function setUp(given: readonly GivenDefinition[] = []) {
  const ecs = fakeEcs(given);
  const clock = fakeClock();
  const lines: string[] = [];
  const definitions = makeTaskDefinitions({
    ecs: ecs.calls,
    clock,
    log: (level, message) => lines.push(`${level} ${message}`),
  });
  return { ecs, clock, lines, ...definitions, ensure: ensureFor(definitions) };
}

const tagged = (flowId: string, version: string, revision: number, status = "ACTIVE"): GivenDefinition => ({
  family: "etl",
  revision,
  status,
  tags: { PrefectFlowId: flowId, PrefectFlowVersion: version },
});

Deno.test("ensure: given an existing definition by name, when ensured, then nothing is asked", async () => {
  const { ecs, ensure } = setUp();

  const ensured = await ensure({ how: "existing", name: "fam:3" }, SIGNAL);

  assert.deepEqual(ensured, { name: "fam:3", registered: false, releaseId: null });
  assert.deepEqual(ecs.asked, []);
});

Deno.test("ensure: given one definition per run, when ensured twice, then two are registered and both are to be released", async () => {
  const { ecs, ensure } = setUp();
  const plan: DefinitionPlan = { how: "perRun", ownFamily: null, request: REQUEST };

  const ensured = await Promise.all([ensure(plan, SIGNAL), ensure(plan, SIGNAL)]);

  const expected = [1, 2].map((n) => ({
    name: arnOf("etl", n),
    registered: true,
    releaseId: arnOf("etl", n),
  }));
  assert.deepEqual(ensured, expected);
  assert.deepEqual(ecs.asked, [["RegisterTaskDefinition", REQUEST], ["RegisterTaskDefinition", REQUEST]]);
});

Deno.test("ensure by digest: given nothing registered, when a hundred runs start at once, then one describe and one register", async () => {
  const { ecs, ensure } = setUp();

  const ensured = await Promise.all(Array.from({ length: 100 }, () => ensure(byDigest, SIGNAL)));
  const later = await ensure(byDigest, SIGNAL);

  assert.deepEqual(ecs.operations(), ["DescribeTaskDefinition", "RegisterTaskDefinition"]);
  assert.deepEqual(new Set(ensured.map(({ name }) => name)), new Set([arnOf("etl", 1)]));
  assert.equal(ensured.filter(({ registered }) => registered).length, 1);
  assert.deepEqual(later, { name: arnOf("etl", 1), registered: false, releaseId: null });
  const [, request] = ecs.asked[1] ?? [];
  assert.deepEqual(request, { ...REQUEST, tags: [...REQUEST.tags, { key: DIGEST_TAG, value: "d1" }] });
});

Deno.test("ensure by digest: given the newest revision with the digest, when ensured after a restart, then it is reused", async () => {
  const { ecs, ensure } = setUp([{ family: "etl", revision: 8, tags: { [DIGEST_TAG]: "d1" } }]);

  const { name, registered } = await ensure(byDigest, SIGNAL);

  assert.deepEqual({ name, registered }, { name: arnOf("etl", 8), registered: false });
  assert.deepEqual(ecs.operations(), ["DescribeTaskDefinition"]);
});

Deno.test("ensure by digest: given another digest or an inactive revision, when ensured, then a new one is registered", async () => {
  const others: readonly GivenDefinition[] = [
    { family: "etl", revision: 8, tags: { [DIGEST_TAG]: "other" } },
    { family: "etl", revision: 8, status: "INACTIVE", tags: { [DIGEST_TAG]: "d1" } },
    { family: "etl", revision: 8 },
  ];
  for (const given of others) {
    const { ensure } = setUp([given]);

    const { name, registered } = await ensure(byDigest, SIGNAL);

    assert.deepEqual({ name, registered }, { name: arnOf("etl", 9), registered: true });
  }
});

Deno.test("ensure by digest: given that tags are refused, when ensured, then one warning, our tag left out, digest kept in memory", async () => {
  const { ecs, ensure, lines } = setUp();
  const denied = refused(
    "RegisterTaskDefinition",
    "AccessDeniedException",
    "User: fake is not authorized to perform: ecs:TagResource",
  );
  ecs.failNext("RegisterTaskDefinition", denied);

  await ensure(byDigest, SIGNAL);
  await ensure(byDigest, SIGNAL);
  await ensure({ ...byDigest, digest: "d2" }, SIGNAL);

  const registered = ecs.asked.filter(([operation]) => operation === "RegisterTaskDefinition");
  assert.deepEqual(registered.slice(1).map(([, request]) => request), [REQUEST, REQUEST]);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^WARNING Cannot tag task definitions, .*ecs:TagResource/);
});

Deno.test("ensure by digest: given that even the user's tags are refused, when ensured, then it is registered without tags", async () => {
  const { ecs, ensure } = setUp();
  const denied = refused("RegisterTaskDefinition", "AccessDeniedException", "no ecs:TagResource");
  ecs.failNext("RegisterTaskDefinition", denied);
  ecs.failNext("RegisterTaskDefinition", denied);

  const { name } = await ensure(byDigest, SIGNAL);

  assert.equal(name, arnOf("etl", 1));
  assert.deepEqual(ecs.asked.at(-1), ["RegisterTaskDefinition", { family: "etl", containerDefinitions: [] }]);
});

Deno.test("ensure by digest: given that all tags are refused, when another definition is ensured, then it is registered without tags too", async () => {
  const { ecs, ensure } = setUp();
  const denied = refused("RegisterTaskDefinition", "AccessDeniedException", "no ecs:TagResource");
  ecs.failNext("RegisterTaskDefinition", denied);
  ecs.failNext("RegisterTaskDefinition", denied);
  await ensure(byDigest, SIGNAL);
  ecs.failNext("RegisterTaskDefinition", denied);

  const { registered } = await ensure({ ...byDigest, digest: "d2" }, SIGNAL);

  assert.equal(registered, true);
  assert.deepEqual(ecs.asked.at(-1), ["RegisterTaskDefinition", { family: "etl", containerDefinitions: [] }]);
});

Deno.test("ensure by digest: given that describing is not allowed, when ensured, then it is registered with one warning", async () => {
  const { ecs, ensure, lines } = setUp();
  ecs.failNext("DescribeTaskDefinition", refused("DescribeTaskDefinition", "AccessDeniedException", "no"));

  await ensure(byDigest, SIGNAL);
  await ensure({ ...byDigest, digest: "d2" }, SIGNAL);

  assert.deepEqual(ecs.operations(), [
    "DescribeTaskDefinition",
    "RegisterTaskDefinition",
    "RegisterTaskDefinition",
  ]);
  assert.equal(lines.length, 1);
});

/** ECS that notes how many registrations are under way at a time. */
function countingEcs() {
  const ecs = fakeEcs();
  const most = { underWay: 0, ever: 0 };
  const registerTaskDefinition: EcsCalls["registerTaskDefinition"] = async (request, signal) => {
    most.underWay++;
    most.ever = Math.max(most.ever, most.underWay);
    await new Promise((resolve) => setImmediate(resolve));
    return await ecs.calls.registerTaskDefinition(request, signal).finally(() => most.underWay--);
  };
  return { ecs, most, calls: { ...ecs.calls, registerTaskDefinition } };
}

Deno.test("ensure by digest: given several digests in one family at once, when ensured, then registrations take turns and looks do not", async () => {
  const { ecs, most, calls } = countingEcs();
  const definitions = makeTaskDefinitions({ ecs: calls, clock: fakeClock(), log: () => undefined });
  const ensure = ensureFor(definitions);

  const ensured = await Promise.all(
    ["d1", "d2", "d3"].map((digest) => ensure({ ...byDigest, digest }, SIGNAL)),
  );

  assert.deepEqual(ensured.map(({ name }) => name), [1, 2, 3].map((n) => arnOf("etl", n)));
  assert.equal(most.ever, 1);
  assert.deepEqual(ecs.operations(), [
    ...Array.from({ length: 3 }, () => "DescribeTaskDefinition"),
    ...Array.from({ length: 3 }, () => "RegisterTaskDefinition"),
  ]);
});

Deno.test("ensure: given a failure that all share, when they try again, then the family is asked anew", async () => {
  const { ecs, ensure } = setUp();
  ecs.failNext("RegisterTaskDefinition", { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" });

  const failed = await Promise.allSettled([ensure(byDigest, SIGNAL), ensure(byDigest, SIGNAL)]);
  const again = await ensure(byDigest, SIGNAL);

  assert.ok(failed.every(({ status }) => status === "rejected"));
  assert.equal(again.registered, true);
  assert.equal(ecs.asked.length, 4);
});

Deno.test("ensure: given a run that is given up while others wait, when the flight lands, then the others get it", async () => {
  const { ecs, ensure } = setUp();
  const gone = new AbortController();

  const first = ensure(byDigest, gone.signal);
  const second = ensure(byDigest, SIGNAL);
  gone.abort(new Error("stopped"));

  await assert.rejects(first, /stopped/);
  assert.equal((await second).name, arnOf("etl", 1));
  assert.equal(ecs.asked.length, 2);
});

Deno.test("ensure: given a definition that ECS calls gone, when it is forgotten, then it is looked for again", async () => {
  const { ecs, ensure, forget } = setUp();
  const { name } = await ensure(byDigest, SIGNAL);
  ecs.deactivate(name);

  forget(byDigest);
  const again = await ensure(byDigest, SIGNAL);

  assert.deepEqual(again, { name: arnOf("etl", 2), registered: true, releaseId: null });
});

Deno.test("ensure by family: given an existing family, when ensured, then its newest revision is taken without comparing", async () => {
  const { ecs, ensure } = setUp([{ family: "etl", revision: 2 }, { family: "etl", revision: 11 }]);

  const { name, registered } = await ensure(byFamily, SIGNAL);
  const bare = await ensure({ ...byFamily, family: "etl", runByFamily: true }, SIGNAL);

  assert.deepEqual({ name, registered }, { name: arnOf("etl", 11), registered: false });
  assert.equal(bare.name, arnOf("etl", 11), "what is remembered is not asked again");
  assert.equal(ecs.asked.length, 1);
});

Deno.test("ensure by family: given --run-by-family, when found or registered, then the bare family runs", async () => {
  for (const given of [[], [{ family: "etl", revision: 4 }]]) {
    const { ensure } = setUp(given);

    const { name } = await ensure({ ...byFamily, runByFamily: true }, SIGNAL);

    assert.equal(name, "etl");
  }
});

Deno.test("ensure by family: given a revision registered by hand, when a minute has passed, then it counts", async () => {
  const { ecs, clock, ensure } = setUp([{ family: "etl", revision: 1 }]);
  await ensure(byFamily, SIGNAL);
  await ecs.calls.registerTaskDefinition(REQUEST, SIGNAL);

  const soon = await ensure(byFamily, SIGNAL);
  await clock.advance(60_000);
  const later = await ensure(byFamily, SIGNAL);

  assert.equal(soon.name, arnOf("etl", 1));
  assert.equal(later.name, arnOf("etl", 2));
});

Deno.test("F-DESCRIBE-ANY-ERROR: given refusals of describe, when ensured, then they are thrown and nothing is registered", async () => {
  for (const code of ["AccessDeniedException", "ExpiredTokenException"]) {
    for (const plan of [byFamily, byVersion("a1b2c3d4")]) {
      const { ecs, ensure } = setUp();
      ecs.failNext("DescribeTaskDefinition", refused("DescribeTaskDefinition", code, "no"));

      await assert.rejects(ensure(plan, SIGNAL), FailureError);

      assert.deepEqual(ecs.operations(), ["DescribeTaskDefinition"]);
    }
  }
});

Deno.test("F-REVISION-CHURN: given flows that share a slug, when they run in turn, then each is registered once", async () => {
  const { ecs, ensure, forget } = setUp();

  const names: string[] = [];
  for (const flowId of ["a1b2c3d4", "b9c8d7e6", "a1b2c3d4", "b9c8d7e6"]) {
    names.push((await ensure(byVersion(flowId), SIGNAL)).name);
    forget(byVersion(flowId));
  }

  assert.deepEqual(names, [1, 2, 1, 2].map((n) => arnOf("etl", n)));
  assert.equal(ecs.operations().filter((operation) => operation === "RegisterTaskDefinition").length, 2);
});

Deno.test("F-TAG-SCOPE: given hits in other families and inactive ones, when searched, then the highest active one of this family runs", async () => {
  const { ensure } = setUp([
    tagged("a1b2c3d4", "1", 2),
    tagged("a1b2c3d4", "1", 10),
    tagged("a1b2c3d4", "1", 11, "INACTIVE"),
    { ...tagged("a1b2c3d4", "1", 40), family: "etl-old" },
    tagged("ffffffff", "9", 12),
  ]);

  const { name, registered } = await ensure(byVersion("a1b2c3d4"), SIGNAL);

  assert.deepEqual({ name, registered }, { name: arnOf("etl", 10), registered: false });
});

Deno.test("F-TAG-VERSION: given a version tag that is no number, when ensured, then it counts as absent", async () => {
  const { ensure } = setUp([tagged("ffffffff", "v-two", 3)]);

  const { name } = await ensure(byVersion("a1b2c3d4", 1), SIGNAL);

  assert.equal(name, arnOf("etl", 4));
});

Deno.test("ensure by flow version: given that searching is not allowed, when the flow is older, then it fails and registers nothing", async () => {
  const { ecs, ensure } = setUp([tagged("ffffffff", "5", 3)]);
  ecs.failNext("GetResources", refused("GetResources", "AccessDeniedException", "no tag:GetResources"));

  await assert.rejects(ensure(byVersion("a1b2c3d4", 4), SIGNAL), /tag:GetResources/);

  assert.equal(ecs.operations().includes("RegisterTaskDefinition"), false);
});

Deno.test("random_agent/r033: given a flow as new as another's newest revision, when ensured, then it is registered without a search", async () => {
  const { ecs, ensure } = setUp([tagged("a1b2c3d4", "4", 1), tagged("b9c8d7e6", "4", 2)]);

  const { name } = await ensure(byVersion("a1b2c3d4", 4), SIGNAL);

  assert.equal(name, arnOf("etl", 3));
  assert.equal(ecs.operations().includes("GetResources"), false);
});

Deno.test("ensure by flow version: given --run-by-family, when another flow took the family over, then the exact revision runs", async () => {
  const { ecs, ensure } = setUp();

  const first = await ensure(byVersion("a1b2c3d4", 1, true), SIGNAL);
  await ensure(byVersion("b9c8d7e6", 2, true), SIGNAL);
  const again = await ensure(byVersion("a1b2c3d4", 1, true), SIGNAL);

  assert.equal(first.name, "etl");
  assert.equal(again.name, arnOf("etl", 1));
  assert.equal(ecs.operations().filter((operation) => operation === "RegisterTaskDefinition").length, 2);
});

interface GoldenRun {
  readonly flow: { readonly id: string; readonly version: number };
}

interface Golden {
  readonly id: string;
  readonly how: string;
  readonly quirk?: string;
  readonly agent: { readonly kwargs?: JsonObject };
  readonly flow_run?: GoldenRun;
  readonly aws_before?: {
    readonly errors?: JsonObject;
    readonly task_definitions?: readonly {
      readonly family: string;
      readonly revision: number;
      readonly status: string;
      readonly tags?: readonly { readonly key: string; readonly value: string }[];
    }[];
  };
  readonly expect: {
    readonly calls?: readonly { readonly params: JsonObject; readonly operation: string }[];
    readonly run_task_resolved?: readonly (string | null)[];
    readonly registered?: readonly JsonObject[];
  };
}

function goldenPlan({ agent, flow_run, expect }: Golden): DefinitionPlan | null {
  const described = expect.calls?.find(({ operation }) => operation === "describe_task_definition");
  const family = described?.params["taskDefinition"];
  if (flow_run === undefined || typeof family !== "string" || family === "") return null;
  const { id, version } = flow_run.flow;
  const request = expect.registered?.[0] ?? { family, containerDefinitions: [] };
  const common = { family, request, runByFamily: false };
  return agent.kwargs?.["enable_task_revisions"] === true
    ? { how: "byFlowVersion", ...common, flowId: id.slice(0, 8), flowVersion: version }
    : { how: "byFamily", ...common };
}

Deno.test("ensure: given the goldens of revisions and launches, when ensured, then the recorded definition runs", async () => {
  const groups = [
    "task_revisions",
    "agent_init",
    "lifecycle",
    "image_and_command",
    "random_agent",
    "external_kwargs",
  ];
  const goldens = groups.flatMap((group): readonly Golden[] =>
    JSON.parse(Deno.readTextFileSync(new URL(`../../../golden/fargate/${group}.json`, import.meta.url))).cases
  ).filter(({ how, quirk, aws_before }) =>
    how === "init" && quirk === undefined && aws_before?.errors === undefined
  );
  const compared = new Map<string, readonly [string | undefined, unknown]>();
  for (const golden of goldens) {
    const plan = goldenPlan(golden);
    const [resolved] = golden.expect.run_task_resolved ?? [];
    if (plan === null || typeof resolved !== "string") continue;
    const given = (golden.aws_before?.task_definitions ?? []).map(({ tags = [], ...rest }) => ({
      ...rest,
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    }));

    const { name } = await setUp(given).ensure(plan, SIGNAL);

    compared.set(golden.id, [name, resolved]);
  }
  for (const [id, [name, resolved]] of compared) assert.equal(name, resolved, id);
  assert.ok(compared.size > 30, `${compared.size} goldens compared`);
});

Deno.test("ensure by digest: given one that is known, when days have passed, then nobody is asked again", async () => {
  const { ecs, clock, ensure } = setUp();
  await ensure(byDigest, SIGNAL);
  const before = ecs.asked.length;

  await clock.advance(10 * 86_400_000);

  assert.deepEqual(await ensure(byDigest, SIGNAL), {
    name: arnOf("etl", 1),
    registered: false,
    releaseId: null,
  });
  assert.equal(ecs.asked.length, before);
});

for (
  const [name, plan, trusted] of [
    ["a family by its name", { ...byFamily, runByFamily: true }, true],
    ["a flow's revision", byVersion("f1"), true],
    ["a flow's revision by the family's name", byVersion("f1", 1, true), false],
  ] as const
) {
  Deno.test(`ensure: given ${name}, when ensured again within a minute, then it is ${trusted ? "trusted" : "looked at again"}`, async () => {
    const { ecs, ensure } = setUp([tagged("f1", "1", 1)]);
    await ensure(plan, SIGNAL);
    const before = ecs.asked.length;

    await ensure(plan, SIGNAL);

    assert.equal(ecs.asked.length, before + (trusted ? 0 : 1));
  });
}

Deno.test("ensure by family: given a newest revision of another flow, when ensured, then it is taken all the same", async () => {
  const { ecs, ensure } = setUp([tagged("other", "7", 3)]);

  assert.equal((await ensure(byFamily, SIGNAL)).name, arnOf("etl", 3));
  assert.deepEqual(ecs.operations(), ["DescribeTaskDefinition"]);
});

Deno.test("ensure by flow version: given a flow that was found by a search, when another is the newest, then it is not searched for again", async () => {
  const { ecs, clock, ensure } = setUp([tagged("f1", "1", 1), tagged("other", "9", 2)]);
  await ensure(byVersion("f1"), SIGNAL);

  await clock.advance(60_000);
  const again = await ensure(byVersion("f1"), SIGNAL);

  assert.equal(again.name, arnOf("etl", 1));
  assert.equal(ecs.operations().filter((name) => name === "GetResources").length, 1);
});

/** Registrations that the test lets end. */
function slowRegistrations() {
  const ecs = fakeEcs();
  const open: (() => void)[] = [];
  const registerTaskDefinition: typeof ecs.calls.registerTaskDefinition = async (...asked) => {
    await new Promise<void>((resolve) => open.push(resolve));
    return await ecs.calls.registerTaskDefinition(...asked);
  };
  const clock = fakeClock();
  const calls = { ...ecs.calls, registerTaskDefinition };
  const definitions = makeTaskDefinitions({ ecs: calls, clock, log: () => undefined });
  return { open, clock, ...definitions, ensure: ensureFor(definitions) };
}

Deno.test("ensure: given one definition per run, when two of one family and one of another are due, then the family's take turns", async () => {
  const { open, clock, ensure } = slowRegistrations();
  const plan = (family: string): DefinitionPlan => ({
    how: "perRun",
    ownFamily: null,
    request: { ...REQUEST, family },
  });
  const all = ["etl", "etl", "other"].map((family) => ensure(plan(family), SIGNAL));

  await clock.advance(0);
  const atOnce = open.length;
  open.forEach((end) => end());
  await clock.advance(0);
  open.forEach((end) => end());

  assert.deepEqual([atOnce, open.length], [2, 3]);
  assert.deepEqual((await Promise.all(all)).map(({ name }) => name), [
    arnOf("etl", 1),
    arnOf("etl", 2),
    arnOf("other", 1),
  ]);
});

Deno.test("ensure: given two definitions in one family, when the first is being registered, then the second waits by its name and the first does not", async () => {
  const { open, clock, ensure, waiterOf, waitsFor } = slowRegistrations();
  const second: DefinitionPlan = { ...byDigest, digest: "d2" };
  const [waiter, other] = [byDigest, second].map((plan) => waiterOf({ runId: "run-1", plan }));
  const ensured = [ensure(byDigest, SIGNAL), ensure(second, SIGNAL)];
  await clock.advance(0);

  const during = [waiter, other].map((name) => waitsFor(name ?? ""));
  open.forEach((end) => end());
  await clock.advance(0);
  const after = waitsFor(other ?? "");
  open.forEach((end) => end());
  await Promise.all(ensured);

  assert.deepEqual([during, after], [[
    null,
    `waiting for another registration in the family ${byDigest.family}`,
  ], null]);
});

for (
  const [name, plan, expected] of [
    ["share a definition", byDigest, true],
    ["have one each", { how: "perRun", ownFamily: null, request: REQUEST }, false],
    ["use one that exists", { how: "existing", name: "etl:1" }, false],
  ] as const
) {
  Deno.test(`ensure: given runs that ${name}, when asked who waits, then it is ${expected ? "one name" : "each run's id"}`, () => {
    const { waiterOf } = setUp();

    const names = ["run-1", "run-2"].map((runId) => waiterOf({ runId, plan }));

    if (expected) assert.equal(names[0], names[1]);
    else assert.deepEqual(names, ["run-1", "run-2"]);
  });
}

for (
  const [name, failures, registrations] of [
    ["a refusal that is about no tag", [
      refused("RegisterTaskDefinition", "ClientException", "Invalid tags: TagKeys"),
    ], 1],
    ["no right to register at all", [
      refused(
        "RegisterTaskDefinition",
        "AccessDeniedException",
        "not authorized to perform: ecs:RegisterTaskDefinition",
      ),
    ], 1],
    ["no right to tag and then another refusal", [
      refused(
        "RegisterTaskDefinition",
        "AccessDeniedException",
        "not authorized to perform: ecs:TagResource",
      ),
      refused("RegisterTaskDefinition", "ClientException", "Invalid image"),
    ], 2],
  ] as const
) {
  Deno.test(`ensure by digest: given ${name}, when ensured, then it is thrown after ${registrations} tries`, async () => {
    const { ecs, ensure } = setUp();
    for (const failure of failures) ecs.failNext("RegisterTaskDefinition", failure);

    await assert.rejects(ensure(byDigest, SIGNAL), { failure: failures.at(-1) });
    assert.equal(ecs.operations().filter((name) => name === "RegisterTaskDefinition").length, registrations);
  });
}

Deno.test("ensure by digest: given a definition without tags of the user's, when ours is refused, then it is registered bare, once", async () => {
  const { ecs, ensure } = setUp();
  const denied = refused(
    "RegisterTaskDefinition",
    "AccessDeniedException",
    "not authorized: ecs:TagResource",
  );
  const request = { family: "etl", containerDefinitions: [], tags: [] };
  ecs.failNext("RegisterTaskDefinition", denied);
  ecs.failNext("RegisterTaskDefinition", denied);

  await assert.rejects(ensure({ ...byDigest, request } as DefinitionPlan, SIGNAL), { failure: denied });

  const bodies = ecs.asked.filter(([name]) => name === "RegisterTaskDefinition").map(([, body]) =>
    body as JsonObject
  );
  assert.deepEqual(bodies.map((body) => "tags" in body), [true, false]);
});

/** ECS that refuses a registration while another one of the family is going on. */
function jealousEcs() {
  const { ecs, most, calls } = countingEcs();
  const registering = new Set<unknown>();
  const refusals = { count: 0 };
  const registerTaskDefinition: EcsCalls["registerTaskDefinition"] = async (request, signal) => {
    const { family } = request;
    if (registering.has(family)) {
      refusals.count++;
      throw new FailureError({ tag: "throttled", retryAfterMs: 1, message: "Too many concurrent attempts" });
    }
    registering.add(family);
    return await calls.registerTaskDefinition(request, signal).finally(() => registering.delete(family));
  };
  return { ecs, most, refusals, calls: { ...calls, registerTaskDefinition } };
}

Deno.test("ensure by digest: given 20 deployments with two runs each in one family, when all are due at once, then 20 registrations, none refused", async () => {
  const { ecs, refusals, calls } = jealousEcs();
  const { ensure } = makeTaskDefinitions({ ecs: calls, clock: fakeClock(), log: () => undefined });
  const runs = Array.from({ length: 40 }, (_, n) => ({ runId: `run-${n}`, digest: `d${n % 20}` }));

  const ensured = await Promise.all(
    runs.map(({ runId, digest }) =>
      ensure({ runId, plan: { ...byDigest, digest, byMeaning: true } }, SIGNAL)
    ),
  );

  const registered = ecs.operations().filter((one) => one === "RegisterTaskDefinition").length;
  assert.deepEqual([registered, refusals.count], [20, 0]);
  for (const [n, { name }] of ensured.entries()) assert.equal(name, ensured[n % 20]?.name);
});

Deno.test("ensure by digest: given deployments that share a family, when their runs and restarts alternate in any order, then each registers once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom("a", "b", "c"), fc.constant("restart")), { maxLength: 20 }),
      async (steps) => {
        const ecs = fakeEcs();
        const start = () => makeTaskDefinitions({ ecs: ecs.calls, clock: fakeClock(), log: () => undefined });
        let definitions = start();
        const names = new Map<string, Set<string>>();
        for (const step of steps) {
          if (step === "restart") {
            definitions = start();
            continue;
          }
          const plan = { ...byDigest, digest: step, byMeaning: true };
          const { name } = await definitions.ensure({ runId: "run-1", plan }, SIGNAL);
          names.set(step, (names.get(step) ?? new Set()).add(name));
        }

        const registered = ecs.operations().filter((one) => one === "RegisterTaskDefinition").length;
        assert.equal(registered, names.size);
        for (const used of names.values()) assert.equal(used.size, 1);
      },
    ),
  );
});

Deno.test("ensure by digest: given one family in two accounts, when both register, then neither waits for the other", async () => {
  const { ecs, most, calls } = countingEcs();
  const accounts = [1, 2].map(() =>
    makeTaskDefinitions({ ecs: calls, clock: fakeClock(), log: () => undefined })
  );

  await Promise.all(accounts.map(({ ensure }) => ensure({ runId: "run-1", plan: byDigest }, SIGNAL)));

  assert.equal(most.ever, 2);
  assert.equal(ecs.operations().filter((one) => one === "RegisterTaskDefinition").length, 2);
});
