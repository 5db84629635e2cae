/** The effects of an agent process, put together: what takes turns, what is told, what is asked of whom. @module */

import assert from "node:assert/strict";
import { prefect1Dialect } from "../../../commands/wiring/prefect1/dialect.ts";
import { ecsRelease } from "../../../flavours/ecs_agent/options.ts";
import { NO_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import type { PacingSettings } from "../../../schemas/ecs/pacing_options.ts";
import { NOTHING_LEARNT } from "../../../schemas/contracts/task.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { fakeClock } from "../../support/clock.ts";
import { arnOf, fakeEcs, refused, taskArn } from "../../support/fake_ecs.ts";
import { wiredEffects } from "../../support/wired_effects.ts";
import { someSettings } from "../../support/settings.ts";
import { DEFAULT_NETWORK, definitionSource } from "../../../schemas/ecs/source.ts";
import { fileSource, httpSource, s3Source } from "../../../schemas/templates/place_source.ts";

/** Each piece of work has one of its own. */
const newSignal = () => new AbortController().signal;
const ARN = arnOf("etl", 1);

const PLAN: LaunchPlan = {
  definition: { how: "existing", name: ARN },
  runTask: { launchType: "FARGATE" },
  taskLabel: "Task",
  sources: () => ({}),
  warnings: [],
  notes: [],
};

const request = (runId: string) => ({
  runId,
  plan: PLAN,
  definition: ARN,
  token: `token of ${runId}`,
  nextToken: () => Promise.resolve(null),
  learnt: NOTHING_LEARNT,
  confirm: () => Promise.resolve(),
});

/** The effects over an ECS in memory, on a clock that the test moves; Prefect and S3 are away. */
function effects(pacing: Partial<PacingSettings> = {}) {
  const clock = fakeClock();
  const ecs = fakeEcs([{ family: "etl", revision: 1 }]);
  const logged: string[] = [];
  const turns: string[] = [];
  const shown: unknown[] = [];
  const away = () => Promise.reject(new FailureError({ tag: "unreachable", message: "away" }));
  const dialect = prefect1Dialect(ecsRelease, someSettings(), { values: {}, env: {}, readText: () => null });
  const made = wiredEffects({
    dialect,
    call: away,
    clock,
    log: (level, text) => void logged.push(`${level} ${text}`),
    pacing,
    seen: {
      onTurn: (bucket, waitedMs) => void turns.push(`${bucket} ${waitedMs}`),
      limiters: (view) => void shown.push(Object.keys(view())),
    },
    aws: {
      region: "us-east-1",
      ecs: ecs.calls,
      readS3Object: away,
      readDefaultSubnets: () => Promise.resolve(["subnet-1"]),

      readVpcNetwork: () => Promise.resolve({ vpcId: "vpc-default", subnets: ["subnet-a"] }),
      readLogTail: () => Promise.resolve([]),
    },
    readFile: Deno.readTextFile,
  });
  return { ...made, clock, ecs, logged, turns, shown };
}

const ONE_A_MINUTE = { ...NO_LIMITS, fargateRunTask: { burst: 1, refillPerS: 1 / 60 } };

Deno.test("effects: given a launch that must wait for its turn, then it says for what, in the log once it takes long, and not after", async () => {
  const { effects: made, clock, logged, turns, shown, scope } = effects({ limits: ONE_A_MINUTE });
  const launched = ["a", "b"].map((id) => made.platform.run(request(id), newSignal()));

  await clock.advance(5000);
  const said = ["a", "b", "c"].map((id) => made.platform.waitsFor(id));
  const early = [...logged];
  await clock.advance(5000);
  const late = [...logged];
  await clock.advance(60_000);

  const sentence = "waiting for starting Fargate tasks: 1 call at 0.017 per second as AWS limits the account";
  assert.deepEqual([said, early], [[null, sentence, null], []]);
  assert.deepEqual(late, [`INFO Flow run b is ${sentence}`]);
  assert.deepEqual((await Promise.all(launched)).map(({ id }) => id), [taskArn(1), taskArn(2)]);
  assert.equal(made.platform.waitsFor("b"), null);
  assert.ok(turns.includes("fargateRunTask 0") && turns.includes("fargateRunTask 60000"), turns.join());
  assert.deepEqual([shown, scope, clock.pending()], [[Object.keys(NO_LIMITS)], "us-east-1/default", 0]);
});

Deno.test("effects: given a part of the account's rates, then launches keep to it", async () => {
  const { effects: made, clock, ecs } = effects({ quotaShare: 0.5 });
  for (let n = 0; n < 40; n++) void made.platform.run(request(`run-${n}`), newSignal());

  await clock.advance(1000);

  // Half of 20 at once, less what calls on their way need, and half of 20 in a second.
  assert.ok(ecs.operations().length <= 20 && ecs.operations().length >= 18, `${ecs.operations().length}`);
});

Deno.test("effects: given an account whose limit is reached, then other launches wait and say so, and one goes ahead to see", async () => {
  const { effects: made, clock, ecs, logged } = effects();
  const reason = "You've reached the limit on the number of vCPUs you can run concurrently";
  ecs.answerNext({ failures: [{ reason }] });
  const first = await made.platform.run(request("a"), newSignal()).catch(toFailure);

  const others = ["b", "c"].map((id) => made.platform.run(request(id), newSignal()));
  await clock.advance(29_000);
  const [said, before] = [made.platform.waitsFor("b"), ecs.operations().length];
  await clock.advance(2000);
  await Promise.all(others);

  assert.ok("tag" in first && first.tag === "notPlaced");
  assert.equal(said, "waiting for room in the account, whose limit is reached: held launches: 2");
  assert.deepEqual([before, ecs.operations().length], [1, 3]);
  assert.ok(logged.includes("INFO The account has room for tasks again"));
});

Deno.test("effects: given two runs of one definition that waits to be registered, then it is registered once and both say for what they wait", async () => {
  const limits = { ...NO_LIMITS, definitionModify: { burst: 1, refillPerS: 1 / 60 } };
  const { effects: made, clock, ecs } = effects({ limits });
  const plan = (family: string) =>
    ({ how: "byDigest", family, digest: `d-${family}`, request: { family } }) as const;
  const ensured = [["a", "x"], ["b", "y"], ["c", "y"]].map(([runId = "", family = ""]) =>
    made.platform.ensure({ runId, plan: { ...PLAN, definition: plan(family) } }, newSignal())
  );

  await clock.advance(1000);
  const said = ["a", "b", "c"].map((id) => made.platform.waitsFor(id));
  await clock.advance(60_000);

  const sentence =
    "waiting for registering and deregistering task definitions: 1 call at 0.017 per second as AWS limits the account";
  assert.deepEqual(said, [null, sentence, sentence]);
  assert.deepEqual((await Promise.all(ensured)).map(({ name, registered }) => [name, registered]), [
    [arnOf("x", 1), true],
    [arnOf("y", 1), true],
    [arnOf("y", 1), false],
  ]);
  assert.equal(ecs.operations().filter((name) => name === "RegisterTaskDefinition").length, 2);
});

Deno.test("effects: given many plans that name definitions, then describing them keeps to AWS's rate as well", async () => {
  const { effects: made, clock, ecs } = effects();
  const readings = Array.from(
    { length: 100 },
    (_, n) => made.readSource(definitionSource(arnOf("etl", n + 1)), newSignal()).catch(toFailure),
  );

  await clock.advance(0);
  const atOnce = ecs.operations().length;
  await clock.advance(5000);

  assert.ok(atOnce <= 50 && atOnce > 40, `${atOnce} at once`);
  assert.equal((await Promise.all(readings)).length, 100);
});

Deno.test("effects: given runs that name one definition, when it waits to be described, then that is asked once and each says for what it waits", async () => {
  const limits = { ...NO_LIMITS, definitionRead: { burst: 1, refillPerS: 1 / 60 } };
  const { effects: made, clock, ecs } = effects({ limits });
  const source = definitionSource(ARN);
  await made.readSource(source, newSignal(), "first");
  const left = new AbortController();
  const readings = ["a", "b"].map((id) => made.readSource(source, newSignal(), id));
  const gone = assert.rejects(made.readSource(source, left.signal, "c"), /enough/);

  await clock.advance(1000);
  const said = ["first", "a", "b", "c", "d"].map((id) => made.platform.waitsFor(id));
  left.abort(new Error("enough"));
  await gone;
  await clock.advance(60_000);

  const sentence =
    "waiting for describing task definitions: 1 call at 0.017 per second as AWS limits the account";
  assert.deepEqual(said, [null, sentence, sentence, sentence, null]);
  assert.equal((await Promise.all(readings)).every(({ kind }) => kind === "json"), true);
  assert.deepEqual(["a", "b", "c"].map((id) => made.platform.waitsFor(id)), [null, null, null]);
  assert.equal(ecs.operations().length, 2);
});

Deno.test("effects: given sources of every kind, then each is read where it is, and what is away is thrown", async () => {
  const { effects: made } = effects();
  const read = (source: Parameters<typeof made.readSource>[0]) => made.readSource(source, newSignal());

  assert.deepEqual(await read(DEFAULT_NETWORK), {
    kind: "json",
    value: { subnets: ["subnet-1"] },
  });
  assert.equal((await read(fileSource("/there/is/none.yaml"))).kind, "absent");
  await assert.rejects(read(httpSource("https://example.com/t.yaml")), /away/);
  await assert.rejects(read(s3Source("b", "k")), /away/);
});

Deno.test("effects: given a family of one run with a revision that was left behind, when its definition is released, then each is deregistered at AWS's pace", async () => {
  const limits = { ...NO_LIMITS, definitionModify: { burst: 1, refillPerS: 1 } };
  const { effects: made, clock, ecs, turns } = effects({ limits });
  const definition = { how: "perRun", ownFamily: "etl", request: {} } as const;
  const released = { runId: "a", id: arnOf("own", 1), plan: { ...PLAN, definition }, isTakenUp: true };
  void made.platform.release(released, newSignal());

  await clock.advance(500);
  const before = ecs.operations().filter((name) => name === "DeregisterTaskDefinition").length;
  await clock.advance(1000);

  assert.equal(before, 1);
  assert.deepEqual(ecs.asked.filter(([name]) => name === "DeregisterTaskDefinition").map(([, arn]) => arn), [
    arnOf("own", 1),
    ARN,
  ]);
  assert.ok(turns.includes("definitionModify 1000"), turns.join());
});

Deno.test("effects: given a plan that AWS would refuse, then checking it names the member", () => {
  const { effects: made } = effects();

  assert.throws(
    () => made.platform.check({ ...PLAN, runTask: { count: "one" } }),
    /RunTask: count must be an integer/,
  );
});

Deno.test("effects: given a definition that was deregistered by hand, when a task of it is refused, then the failure is told as it is", async () => {
  const { effects: made, ecs } = effects();
  ecs.failNext("RunTask", refused("RunTask", "ClientException", "TaskDefinition is inactive"));

  const failure = await made.platform.run(request("a"), newSignal()).catch(toFailure);

  assert.ok("tag" in failure && failure.tag === "refused");
  assert.equal(made.platform.waitsFor("a"), null);
});
