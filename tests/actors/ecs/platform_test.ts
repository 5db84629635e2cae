/** ECS as a platform: where tasks are, what may be asked of them, what is removed after them. @module */

import assert from "node:assert/strict";
import { type EcsPlatformDeps, makeEcsPlatform } from "../../../actors/ecs/platform.ts";
import type { LogPlace } from "../../../schemas/ecs/log_places.ts";
import { NO_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import { defaultPacingSettings } from "../../../schemas/ecs/pacing_options.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { NOTHING_LEARNT } from "../../../schemas/contracts/task.ts";
import { stoppedTask } from "../../../schemas/ecs/seen_task.ts";
import { type Failure, FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { fakeEcs, refused, task, taskArn } from "../../support/fake_ecs.ts";
import { SOME_PLAN } from "../../support/launch_plan.ts";

const UNPACED = { ...defaultPacingSettings, limits: NO_LIMITS };
const SIGNAL = new AbortController().signal;
const LOGGED = {
  logDriver: "awslogs",
  options: { "awslogs-group": "/ecs/flows", "awslogs-stream-prefix": "p", "awslogs-region": "eu-west-1" },
};
/** A plan whose container logs, in a cluster of the user's choice. */
const PLAN: LaunchPlan = {
  ...SOME_PLAN,
  definition: {
    how: "perRun",
    ownFamily: null,
    request: { containerDefinitions: [{ name: "flow", logConfiguration: LOGGED }] },
  },
  runTask: { cluster: "batch" },
  taskLabel: "Task ARN:",
};
const DENIED = refused("ListTasks", "AccessDeniedException", "not authorized to perform: ecs:ListTasks");
const THROTTLED: Failure = { tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" };

function setUp(more: Partial<EcsPlatformDeps> = {}) {
  const ecs = fakeEcs();
  const clock = fakeClock();
  const logged: string[] = [];
  const { platform } = makeEcsPlatform({
    ecs: ecs.calls,
    readLogTail: () => Promise.resolve([]),
    pacing: UNPACED,
    onTurn: () => undefined,
    cluster: "default",
    unplacedText: () => "not placed",
    clock,
    random: () => 0.5,
    log: (level, text) => void logged.push(`${level} ${text}`),
    ...more,
  });
  return { ecs, clock, logged, platform };
}

for (
  const [name, runTask, label, canList] of [
    ["a plan", { cluster: "batch" }, "Task ARN:", true],
    ["a plan with a startedBy of the user's own", { startedBy: "nightly" }, "Task ARN:", false],
    ["a plan with the run's own startedBy", { startedBy: "run-1" }, "Task ARN:", true],
    ["no plan", null, "Task", true],
  ] as const
) {
  Deno.test(`ecs platform: given ${name}, when placed, then its tasks are ${canList ? "" : "not "}told apart by the run`, () => {
    const { platform } = setUp();

    const place = platform.place(runTask === null ? null : { ...PLAN, runTask }, "run-1");

    assert.deepEqual([place.label, place.canList], [label, canList]);
    assert.deepEqual(JSON.parse(JSON.stringify(place)), place);
  });
}

for (
  const [name, runTask, taskId, zone] of [
    ["a cluster by name", { cluster: "batch" }, null, "cluster batch"],
    ["a cluster by name and a task of another", { cluster: "batch" }, taskArn(1), "cluster default"],
    ["no cluster", {}, null, ""],
    ["no plan", null, null, "cluster default"],
  ] as const
) {
  Deno.test(`ecs platform: given ${name}, when asked for the zone, then it is "${zone}"`, () => {
    const { platform } = setUp();
    const place = platform.place(runTask === null ? null : { ...PLAN, runTask }, "run-1");

    assert.equal(platform.zone({ runId: "run-1", taskId, place }), zone);
  });
}

Deno.test("ecs platform: given IAM does not allow to list, when listed, then that is the answer; other failures are thrown", async () => {
  const { ecs, platform } = setUp();
  const tasks = { runId: "run-1", taskId: null, place: platform.place(PLAN, "run-1") };
  ecs.failNext("ListTasks", DENIED);

  const denied = await platform.list(tasks, SIGNAL);
  const listed = await platform.list(tasks, SIGNAL);
  ecs.failNext("ListTasks", THROTTLED);
  const thrown = await platform.list(tasks, SIGNAL).catch(toFailure);

  assert.deepEqual([denied, thrown], [{ outcome: "denied", failure: DENIED }, THROTTLED]);
  assert.deepEqual(listed, { outcome: "listed", ids: [] });
});

for (
  const [reason, sentence, rejected] of [
    ["cancel", "Flow run run-1 was cancelled", "stoppedByUser"],
    ["tooSlow", "Flow run run-1 did not start in time", "tooSlow"],
  ] as const
) {
  Deno.test(`ecs platform: given a task that is stopped for ${reason}, when another process reads the reason back, then the class is ${rejected}`, async () => {
    const reasons: string[] = [];
    const { ecs } = setUp();
    const stopTask = (_cluster: string | null, _arn: string, why: string) =>
      Promise.resolve(void reasons.push(why));
    const { platform } = setUp({ ecs: { ...ecs.calls, stopTask } });
    const place = platform.place(PLAN, "run-1");

    await platform.stop({ id: taskArn(1), place }, { runId: "run-1", reason }, SIGNAL);

    const [stoppedReason = ""] = reasons;
    const seen = stoppedTask({ stopCode: "UserInitiated", stoppedReason, containers: [] });
    assert.deepEqual([stoppedReason, seen.class, seen.endedByItself], [sentence, rejected, false]);
  });
}

for (
  const [name, failure, expected] of [
    [
      "a task that is long gone",
      refused("StopTask", "InvalidParameterException", "The referenced task was not found."),
      null,
    ],
    ["a cluster that is gone", refused("StopTask", "ClusterNotFoundException", "Cluster not found."), null],
    ["a throttled call", THROTTLED, THROTTLED],
  ] as const
) {
  Deno.test(`ecs platform: given ${name}, when stopped, then that is ${expected === null ? "no failure" : "thrown"}`, async () => {
    const { ecs, platform } = setUp();
    const task = { id: taskArn(1), place: platform.place(PLAN, "run-1") };
    ecs.failNext("StopTask", failure);

    const ended = await platform.stop(task, { runId: "run-1", reason: "cancel" }, SIGNAL)
      .then(() => null, toFailure);

    assert.deepEqual(ended, expected);
  });
}

for (const [lines, expected] of [[2, ["one", "two"]], [0, []]] as const) {
  Deno.test(`ecs platform: given ${lines} lines to quote, when the log of a task is looked for, then its stream is named and ${lines === 0 ? "not read" : "read"}`, async () => {
    const asked: LogPlace[] = [];
    const readLogTail = (place: LogPlace) => (asked.push(place), Promise.resolve(["one", "two"]));
    const { platform } = setUp({ readLogTail, pacing: { ...UNPACED, failureLogLines: lines } });

    const log = await platform.log({ id: taskArn(1), place: platform.place(PLAN, "run-1") }, SIGNAL);

    const stream = `p/flow/${taskArn(1).split("/").at(-1)}`;
    assert.deepEqual(log, { places: [`log stream ${stream} of group /ecs/flows`], lastLines: expected });
    assert.deepEqual(
      asked,
      lines === 0 ? [] : [{ container: "flow", group: "/ecs/flows", stream, region: "eu-west-1" }],
    );
  });
}

Deno.test("ecs platform: given tasks that live, stopped, are missing or may not be looked at, when looked at, then each is told", async () => {
  const seen = [
    task(taskArn(1), { lastStatus: "RUNNING" }),
    task(taskArn(2), {
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      containers: [{ name: "flow", exitCode: 0, reason: null }],
    }),
  ];
  const { ecs } = setUp();
  const refusal = refused("DescribeTasks", "AccessDeniedException", "not authorized");
  const describeTasks = (cluster: string | null) =>
    cluster === "denied"
      ? Promise.reject(new FailureError(refusal))
      : Promise.resolve({ tasks: seen, failures: [] });
  const { platform } = setUp({ ecs: { ...ecs.calls, describeTasks } });
  const place = platform.place(PLAN, "run-1");
  const elsewhere = taskArn(4).replace("task/default/", "task/denied/");

  const sights = await platform.look(
    [1, 2, 3].map(taskArn).concat(elsewhere).map((id) => ({ id, place })),
    SIGNAL,
  );

  assert.deepEqual(sights.get(taskArn(1)), { phase: "running", status: "RUNNING" });
  const ended = sights.get(taskArn(2));
  assert.ok(ended?.phase === "stopped");
  assert.deepEqual([ended.failed, ended.neverRan, ended.endedByItself, ended.class], [
    false,
    false,
    true,
    "exited",
  ]);
  assert.deepEqual(sights.get(taskArn(3)), { phase: "missing" });
  assert.deepEqual(sights.get(elsewhere), { phase: "denied", failure: refusal });
});

for (const operation of ["RegisterTaskDefinition", "RunTask"] as const) {
  for (const isDiscreet of [true, false]) {
    Deno.test(`ecs platform: given ${operation} is refused with words of a file that ${isDiscreet ? "the run" : "the operator"} names, when launched, then they are ${isDiscreet ? "not " : ""}told`, async () => {
      const { ecs, logged, platform } = setUp();
      const word = "w0rd-of-the-file";
      ecs.failNext(operation, refused(operation, "ClientException", `Invalid 'cpu' of container ${word}.`));
      const request = { containerDefinitions: [{ name: word }] };
      const plan: LaunchPlan = {
        ...PLAN,
        isDiscreet,
        definition: { how: "perRun", ownFamily: null, request },
      };
      const launched = platform.ensure({ runId: "run-1", plan }, SIGNAL).then(({ name }) =>
        platform.run({
          runId: "run-1",
          plan,
          definition: name,
          token: "token",
          nextToken: () => Promise.resolve(null),
          learnt: NOTHING_LEARNT,
          confirm: () => Promise.resolve(),
        }, SIGNAL)
      );
      const failure = await launched.then(() => null, toFailure);

      assert.equal(failure?.tag, "refused");
      assert.match(
        failure.message,
        new RegExp(`\\(ClientException\\) when calling the ${operation} operation`),
      );
      assert.equal([JSON.stringify(failure), ...logged].join("\n").includes(word), !isDiscreet);
    });
  }
}
