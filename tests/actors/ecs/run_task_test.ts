import assert from "node:assert/strict";
import fc from "fast-check";
import { makeTaskDefinitions } from "../../../actors/ecs/definitions/ensure_task_definition.ts";
import { makeRunTask, type RunTaskRequest } from "../../../actors/ecs/run_task.ts";
import { FLOW_RUN_VARIABLE } from "../../../schemas/ecs/task_owner.ts";
import { unplacedText } from "../../../schemas/prefect1/unplaced_text.ts";
import type { EcsFailure } from "../../../schemas/ecs/placement_reasons.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import type { DefinitionPlan, LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { NOTHING_LEARNT } from "../../../schemas/contracts/task.ts";
import { fakeClock } from "../../support/clock.ts";
import { arnOf, fakeEcs, refused, task, taskArn } from "../../support/fake_ecs.ts";

const SIGNAL = new AbortController().signal;
const RUN_ID = "5f1c2c9e-8f0b-4a51-9c3e-0d6a7b8c9d0e";
const TOKEN = "t".repeat(64);
const NEXT = "n".repeat(64);

/** Overrides of a task that executes a run. */
function naming(runId: string): JsonObject {
  return { containerOverrides: [{ name: "flow", environment: [{ name: FLOW_RUN_VARIABLE, value: runId }] }] };
}

const byFamily: DefinitionPlan = {
  how: "byFamily",
  family: "etl",
  request: { family: "etl", containerDefinitions: [] },
  runByFamily: false,
};

function planOf(runTask: JsonObject = {}, definition: DefinitionPlan = byFamily): LaunchPlan {
  return { definition, runTask, taskLabel: "Task", sources: () => ({}), warnings: [], notes: [] };
}

function requestOf(more: Partial<RunTaskRequest> = {}): RunTaskRequest {
  const confirm = () => Promise.resolve();
  const definition = arnOf("etl", 1);
  const learnt = NOTHING_LEARNT;
  return {
    runId: RUN_ID,
    plan: planOf(),
    definition,
    token: TOKEN,
    nextToken: () => Promise.resolve(NEXT),
    learnt,
    confirm,
    ...more,
  };
}

function setUp() {
  const ecs = fakeEcs([{ family: "etl", revision: 1 }]);
  const definitions = makeTaskDefinitions({ ecs: ecs.calls, clock: fakeClock(), log: () => {} });
  return {
    ecs,
    definitions,
    runTask: makeRunTask({ ecs: ecs.calls, definitions, tagged: (_, plan) => plan, unplacedText }),
  };
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof FailureError, `expected a failure, got ${error}`);
  return error.failure;
}

Deno.test("runTask: given a plan, when it runs, then token, definition and startedBy are added to it", async () => {
  const { ecs, runTask } = setUp();

  const launched = await runTask(
    requestOf({ plan: planOf({ cluster: "prod", launchType: "FARGATE" }) }),
    SIGNAL,
  );

  assert.deepEqual(launched, { id: taskArn(1), adopted: false });
  assert.deepEqual(ecs.asked, [["RunTask", {
    cluster: "prod",
    launchType: "FARGATE",
    taskDefinition: arnOf("etl", 1),
    startedBy: RUN_ID,
    clientToken: TOKEN,
  }]]);
});

Deno.test("runTask: given a startedBy of the user's, when it runs, then it is kept", async () => {
  const { ecs, runTask } = setUp();

  await runTask(requestOf({ plan: planOf({ startedBy: "nightly" }) }), SIGNAL);

  const [, sent] = ecs.asked[0] ?? [];
  assert.ok(isJsonObject(sent) && sent["startedBy"] === "nightly");
});

Deno.test("runTask: given several tasks and a failure beside them, when it runs, then the first task counts", async () => {
  const { ecs, runTask } = setUp();
  ecs.answerNext({ tasks: [task(taskArn(7)), task(taskArn(8))], failures: [{ reason: "RESOURCE:CPU" }] });

  const launched = await runTask(requestOf(), SIGNAL);

  assert.equal(launched.id, taskArn(7));
});

Deno.test("runTask: given the failures of the goldens, when nothing was placed, then the sentence is the recorded one", async () => {
  const { cases } = JSON.parse(
    Deno.readTextFileSync(new URL("../../golden/ecs/failures.json", import.meta.url)),
  );
  let compared = 0;
  for (const { aws_before, expect } of cases) {
    const failures: readonly EcsFailure[] = aws_before.run_task?.failures ?? [];
    if (failures.length === 0) continue;
    const { ecs, runTask } = setUp();
    ecs.answerNext({ failures });

    const failure = await failureOf(runTask(requestOf(), SIGNAL));

    assert.equal(failure.tag, "notPlaced");
    assert.equal(failure.message, expect.error.message);
    compared++;
  }
  assert.ok(compared >= 3);
});

Deno.test("runTask: given an answer with neither task nor failure, when it comes once, then the outcome is unknown", async () => {
  const { ecs, runTask } = setUp();
  ecs.answerNext({});

  const failure = await failureOf(runTask(requestOf(), SIGNAL));
  const launched = await runTask(requestOf(), SIGNAL);

  assert.equal(failure.tag, "unknownOutcome");
  assert.equal(launched.id, taskArn(1));
});

Deno.test("runTask: given three empty answers to one token, when no task is to be seen, then it is over", async () => {
  const { ecs, runTask } = setUp();
  for (let n = 0; n < 3; n++) ecs.answerNext({});

  const failures = [];
  for (let n = 0; n < 3; n++) failures.push(await failureOf(runTask(requestOf(), SIGNAL)));

  assert.deepEqual(failures.map(({ tag }) => tag), ["unknownOutcome", "unknownOutcome", "refused"]);
  assert.match(failures[2]?.message ?? "", /^Failed to start task for flow run 5f1c.* Failures: \[\]/);
  assert.deepEqual(ecs.operations(), ["RunTask", "RunTask", "RunTask", "ListTasks"]);
});

Deno.test("runTask: given three empty answers, when a task of the run is there after all, then it is adopted", async () => {
  const { ecs, runTask } = setUp();
  await ecs.calls.runTask(
    { taskDefinition: arnOf("etl", 1), startedBy: RUN_ID, overrides: naming(RUN_ID) },
    SIGNAL,
  );
  for (let n = 0; n < 3; n++) ecs.answerNext({});
  await failureOf(runTask(requestOf(), SIGNAL));
  await failureOf(runTask(requestOf(), SIGNAL));

  const launched = await runTask(requestOf(), SIGNAL);

  assert.deepEqual(launched, { id: taskArn(1), adopted: true });
});

Deno.test("runTask: given three empty answers, when the only task with the run's id executes another run, then it is not adopted", async () => {
  const { ecs, runTask } = setUp();
  const foreign = { startedBy: RUN_ID, overrides: naming("another run") };
  await ecs.calls.runTask({ taskDefinition: arnOf("etl", 1), ...foreign }, SIGNAL);
  for (let n = 0; n < 3; n++) ecs.answerNext({});
  for (let n = 0; n < 2; n++) await failureOf(runTask(requestOf(), SIGNAL));

  const failure = await failureOf(runTask(requestOf(), SIGNAL));

  assert.ok(failure.tag === "refused" && failure.code === "NoTask");
});

for (const [lastStatus, adopted] of [["PENDING", false], ["RUNNING", true], ["STOPPED", true]] as const) {
  Deno.test(`runTask: given an answer that shows the task ${lastStatus}, when asked, then it is ${adopted ? "" : "not "}one of before`, async () => {
    const { ecs, runTask } = setUp();
    ecs.answerNext({ tasks: [task(taskArn(1), { lastStatus })] });

    assert.deepEqual(await runTask(requestOf(), SIGNAL), { id: taskArn(1), adopted });
  });
}

Deno.test("runTask: given a conflict, when the task it names is ours or not to be seen, then it is adopted", async () => {
  for (const visible of [true, false]) {
    const { ecs, runTask } = setUp();
    if (visible) {
      await ecs.calls.runTask({
        taskDefinition: arnOf("etl", 1),
        startedBy: RUN_ID,
        overrides: naming(RUN_ID),
      }, SIGNAL);
    }
    ecs.failNext("RunTask", { tag: "conflict", taskIds: [taskArn(1)], message: "token used" });

    const launched = await runTask(requestOf(), SIGNAL);

    assert.deepEqual(launched, { id: taskArn(1), adopted: true });
  }
});

Deno.test("runTask: given a conflict, when tasks may not be described, then the named task is adopted all the same", async () => {
  const { ecs, runTask } = setUp();
  ecs.failNext("RunTask", { tag: "conflict", taskIds: [taskArn(9)], message: "token used" });
  ecs.failNext("DescribeTasks", refused("DescribeTasks", "AccessDeniedException", "no"));

  const launched = await runTask(requestOf(), SIGNAL);

  assert.equal(launched.id, taskArn(9));
});

Deno.test("runTask: given a conflict, when the task is visibly another run's, then it fails", async () => {
  const { ecs, runTask } = setUp();
  await ecs.calls.runTask({
    taskDefinition: arnOf("etl", 1),
    startedBy: RUN_ID,
    overrides: naming("another run"),
  }, SIGNAL);
  ecs.failNext("RunTask", { tag: "conflict", taskIds: [taskArn(1)], message: "token used" });

  const failure = await failureOf(runTask(requestOf(), SIGNAL));

  assert.equal(failure.tag, "conflict");
});

Deno.test("runTask: given a conflict that names no task, when it runs, then the placement was refused", async () => {
  const { ecs, runTask } = setUp();
  ecs.failNext("RunTask", { tag: "conflict", taskIds: [], message: "token used" });

  const failure = await failureOf(runTask(requestOf(), SIGNAL));

  assert.equal(failure.tag, "notPlaced");
});

Deno.test("runTask: given the account's limit as a refusal, when it runs, then the failure is a placement of that class with AWS's sentence", async () => {
  const { ecs, runTask } = setUp();
  const message = "You've reached the limit on the number of vCPUs you can run concurrently";
  ecs.failNext("RunTask", {
    tag: "refused",
    service: "ECS",
    code: "ClientException",
    operation: "RunTask",
    message,
  });

  const failure = await failureOf(runTask(requestOf(), SIGNAL));

  assert.deepEqual(failure, { tag: "notPlaced", class: "accountLimit", failures: [], message });
});

Deno.test("runTask: given a remembered definition that was deregistered, when it runs, then another is registered and runs", async () => {
  const { ecs, runTask, definitions } = setUp();
  await definitions.ensure({ runId: RUN_ID, plan: byFamily }, SIGNAL);
  ecs.deactivate(arnOf("etl", 1));

  const launched = await runTask(requestOf(), SIGNAL);

  assert.equal(launched.id, taskArn(1));
  assert.deepEqual(ecs.operations().slice(1), [
    "RunTask",
    "DescribeTaskDefinition",
    "RegisterTaskDefinition",
    "RunTask",
  ]);
  const [, sent] = ecs.asked.at(-1) ?? [];
  assert.ok(
    isJsonObject(sent) && sent["taskDefinition"] === arnOf("etl", 2) && sent["clientToken"] === NEXT,
  );
});

Deno.test("runTask: given a definition of the user's that is inactive, when it runs, then ECS's refusal is thrown", async () => {
  const { ecs, runTask } = setUp();
  ecs.deactivate(arnOf("etl", 1));
  const plan = planOf({}, { how: "existing", name: arnOf("etl", 1) });

  const failure = await failureOf(runTask(requestOf({ plan }), SIGNAL));

  assert.equal(
    failure.message,
    "An error occurred (ClientException) when calling the RunTask operation: TaskDefinition is inactive",
  );
  assert.equal(ecs.asked.length, 1);
});

Deno.test("runTask: given any other refusal, when it runs, then it is thrown as it is", async () => {
  const { ecs, runTask } = setUp();
  const denied = refused("RunTask", "ClusterNotFoundException", "Cluster not found.");
  ecs.failNext("RunTask", denied);

  assert.deepEqual(await failureOf(runTask(requestOf(), SIGNAL)), denied);
});

const INACTIVE = refused("RunTask", "ClientException", "TaskDefinition is inactive");
const perRun: DefinitionPlan = {
  how: "perRun",
  ownFamily: null,
  request: { family: "own", containerDefinitions: [] },
};

Deno.test("runTask: given a run's own definition that is inactive, when it runs, then it is refused and no other is registered", async () => {
  const { ecs, runTask } = setUp();
  ecs.failNext("RunTask", INACTIVE);

  const failure = await failureOf(runTask(requestOf({ plan: planOf({}, perRun) }), SIGNAL));

  assert.deepEqual([failure, ecs.operations()], [INACTIVE, ["RunTask"]]);
});

Deno.test("runTask: given a bare family that ECS calls gone and finds again under the same name, when it runs, then it is not asked twice", async () => {
  const { ecs, runTask } = setUp();
  const plan = planOf({}, { ...byFamily, runByFamily: true });
  ecs.failNext("RunTask", INACTIVE);

  const failure = await failureOf(runTask(requestOf({ plan, definition: "etl" }), SIGNAL));

  assert.deepEqual([failure, ecs.operations()], [INACTIVE, ["RunTask", "DescribeTaskDefinition"]]);
});

for (
  const failure of [
    refused("RunTask", "ClientException", "Container.image contains invalid characters."),
    refused("RunTask", "AccessDeniedException", "TaskDefinition not found."),
  ]
) {
  Deno.test(`runTask: given the refusal ${failure.message}, when it runs, then no other definition is looked for`, async () => {
    const { ecs, runTask } = setUp();
    ecs.failNext("RunTask", failure);

    assert.deepEqual(await failureOf(runTask(requestOf(), SIGNAL)), failure);
    assert.deepEqual(ecs.operations(), ["RunTask"]);
  });
}

Deno.test("runTask: given a task between empty answers to one token, when more are empty, then they are counted anew", async () => {
  const { ecs, runTask } = setUp();
  const tags: string[] = [];
  for (const answer of [{}, {}, { tasks: [task(taskArn(1))] }, {}, {}]) {
    ecs.answerNext(answer);
    await runTask(requestOf(), SIGNAL).then(() => tags.push("ok"), ({ failure }) => tags.push(failure.tag));
  }

  assert.deepEqual(tags, ["unknownOutcome", "unknownOutcome", "ok", "unknownOutcome", "unknownOutcome"]);
});

Deno.test("runTask: given three empty answers and a startedBy of the user's, when no more is known, then no other run's task is taken", async () => {
  const { ecs, runTask } = setUp();
  const plan = planOf({ startedBy: "nightly" });
  for (let n = 0; n < 3; n++) ecs.answerNext({});
  for (let n = 0; n < 2; n++) await failureOf(runTask(requestOf({ plan }), SIGNAL));

  const failure = await failureOf(runTask(requestOf({ plan }), SIGNAL));

  assert.ok(failure.tag === "refused" && failure.code === "NoTask");
  assert.ok(!ecs.operations().includes("ListTasks"));
});

for (const [cluster, asked] of [["prod", "prod"], ["", null], [undefined, null]] as const) {
  Deno.test(`runTask: given the cluster ${cluster === undefined ? "none" : `"${cluster}"`}, when a conflict names a task, then it is looked at in ${asked ?? "the default one"}`, async () => {
    const { ecs, definitions } = setUp();
    const where: (string | null)[] = [];
    const describeTasks: typeof ecs.calls.describeTasks = (given) => {
      where.push(given);
      return Promise.resolve({ tasks: [], failures: [] });
    };
    const runTask = makeRunTask({
      ecs: { ...ecs.calls, describeTasks },
      definitions,
      tagged: (_, plan) => plan,
      unplacedText,
    });
    ecs.failNext("RunTask", { tag: "conflict", taskIds: [taskArn(7)], message: "other parameters" });

    const plan = planOf(cluster === undefined ? {} : { cluster });
    assert.deepEqual(await runTask(requestOf({ plan }), SIGNAL), { id: taskArn(7), adopted: true });
    assert.deepEqual(where, [asked]);
  });
}

/** What RunTask was sent with, in order. */
function sentBy(
  ecs: ReturnType<typeof fakeEcs>,
): readonly (readonly [definition: unknown, token: unknown])[] {
  return ecs.asked.flatMap(([operation, request]) =>
    operation === "RunTask" && isJsonObject(request)
      ? [[request["taskDefinition"], request["clientToken"]] as const]
      : []
  );
}

const [OLD, NEW] = [arnOf("etl", 1), arnOf("etl", 2)];
const LOST = { tag: "unknownOutcome", operation: "RunTask", message: "no answer" } as const;

Deno.test("runTask: given a request with a new definition that is not answered, when it is tried again, then that very request is sent", async () => {
  const { ecs, runTask } = setUp();
  ecs.deactivate(OLD);
  ecs.failNext("RunTask", INACTIVE);
  ecs.failNext("RunTask", LOST);

  const failure = await failureOf(runTask(requestOf(), SIGNAL));
  await runTask(requestOf({ token: NEXT }), SIGNAL);

  assert.equal(failure.tag, "unknownOutcome");
  assert.deepEqual(sentBy(ecs), [[OLD, TOKEN], [NEW, NEXT], [NEW, NEXT]]);
});

for (
  const [what, leaveOpen] of [
    ["is not answered", (ecs: ReturnType<typeof fakeEcs>) => ecs.failNext("RunTask", LOST)],
    [
      "is answered with nothing",
      (ecs: ReturnType<typeof fakeEcs>) => ecs.answerNext({ tasks: [], failures: [] }),
    ],
  ] as const
) {
  Deno.test(`runTask: given a request with a new definition that ${what}, when that definition is gone as well, then no third token is asked for`, async () => {
    const { ecs, runTask } = setUp();
    const newest = arnOf("etl", 3);
    ecs.deactivate(OLD);
    ecs.failNext("RunTask", INACTIVE);
    leaveOpen(ecs);
    await failureOf(runTask(requestOf(), SIGNAL));
    ecs.deactivate(NEW);

    await runTask(requestOf({ token: NEXT, nextToken: () => Promise.resolve("third") }), SIGNAL);

    assert.deepEqual(sentBy(ecs), [[OLD, TOKEN], [NEW, NEXT], [NEW, NEXT], [newest, NEXT]]);
  });
}

Deno.test("runTask: given a claim that cannot be asked to give its token up, when the definition is gone, then nothing more is sent", async () => {
  const { ecs, runTask } = setUp();
  ecs.deactivate(OLD);
  const away = () => Promise.reject(new FailureError({ tag: "unreachable", message: "the API is away" }));

  const failure = await failureOf(runTask(requestOf({ nextToken: away }), SIGNAL));

  assert.equal(failure.tag, "unreachable");
  assert.deepEqual(sentBy(ecs), [[OLD, TOKEN]]);
});

Deno.test("runTask: given a token with which a task may have been started, when the definition is gone, then the new one is sent with that token", async () => {
  const { ecs, runTask } = setUp();
  ecs.failNext("RunTask", LOST);
  await failureOf(runTask(requestOf(), SIGNAL));
  ecs.deactivate(OLD);

  await runTask(requestOf(), SIGNAL);

  assert.deepEqual(sentBy(ecs), [[OLD, TOKEN], [OLD, TOKEN], [NEW, TOKEN]]);
});

Deno.test("runTask: given a claim that was taken up, when the definition is gone, then the new one is sent with the same token", async () => {
  const { ecs, runTask } = setUp();
  ecs.deactivate(OLD);

  await runTask(requestOf({ nextToken: () => Promise.resolve(null) }), SIGNAL);

  assert.deepEqual(sentBy(ecs), [[OLD, TOKEN], [NEW, TOKEN]]);
});

Deno.test("runTask: given a definition that was replaced for one run, when another run has the old one, then it is sent with the new one at once", async () => {
  const { ecs, runTask } = setUp();
  ecs.deactivate(OLD);
  await runTask(requestOf(), SIGNAL);

  await runTask(requestOf({ runId: "run-2", token: "other" }), SIGNAL);

  assert.deepEqual(sentBy(ecs).at(-1), [NEW, "other"]);
});

for (
  const text of [
    "TaskDefinition is inactive",
    "TaskDefinition not found.",
    "The specified task definition does not exist.",
    "The task definition is being deleted",
    "Unable to find task definition.",
  ]
) {
  Deno.test(`runTask: given the refusal "${text}", when it runs, then another definition is found or registered`, async () => {
    const { ecs, runTask } = setUp();
    ecs.deactivate(OLD);
    ecs.failNext("RunTask", refused("RunTask", "ClientException", text));

    const launched = await runTask(requestOf(), SIGNAL);

    assert.equal(launched.id, taskArn(1));
  });
}

Deno.test("runTask: given answers in any order, when a run is tried until it has a task, then no token is ever sent with two requests, but after a doubt", async () => {
  const ANSWERS = {
    inactive: INACTIVE,
    lost: LOST,
    throttled: { tag: "throttled", retryAfterMs: 1, message: "" },
  } as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("inactive", "lost", "throttled"), { maxLength: 6 }),
      async (answers) => {
        const { ecs, runTask } = setUp();
        for (const answer of answers) {
          if (answer === "inactive") ecs.deactivate(arnOf("etl", 1));
          ecs.failNext("RunTask", ANSWERS[answer]);
        }
        let token = TOKEN;
        const nextToken = () => Promise.resolve(token = `${token}+`);
        for (let tries = 0; tries < 8; tries++) {
          const isLaunched = runTask(requestOf({ token, nextToken }), SIGNAL).then(() => true, () => false);
          if (await isLaunched) break;
        }

        const sent = sentBy(ecs);
        const wasLost = answers.indexOf("lost") >= 0 && answers.indexOf("lost") < answers.indexOf("inactive");
        for (const [, token] of sent) {
          const definitions = new Set(sent.filter(([, other]) => other === token).map(([name]) => name));
          assert.ok(definitions.size === 1 || wasLost, JSON.stringify([answers, sent]));
        }
        if (wasLost) assert.deepEqual([...new Set(sent.map(([, token]) => token))], [TOKEN]);
      },
    ),
  );
});
