import assert from "node:assert/strict";
import { RegisterTaskDefinitionRequest$, RunTaskRequest$, Task$, TaskDefinition$ } from "@aws-sdk/client-ecs";
import { NormalizedSchema } from "@smithy/core/schema";
import {
  answerWarnings,
  argumentsWithoutAnswers,
  DEFINITION_ANSWERS,
  TASK_ANSWERS,
  templateWithoutAnswers,
} from "../../../flavours/ecs_agent/answer_members.ts";
import { ecsRelease, parseEcsOptions } from "../../../flavours/ecs_agent/options.ts";
import { prepareEcs } from "../../../flavours/ecs_agent/prepare.ts";
import { fileSource } from "../../../schemas/templates/place_source.ts";
import { resolveSettings } from "../../../schemas/prefect1/config/resolve_settings.ts";

function membersOf(schema: Parameters<typeof NormalizedSchema.of>[0]): readonly string[] {
  return [...NormalizedSchema.of(schema).structIterator()].map(([name]) => name);
}

const GOOD = { networkMode: "awsvpc", containerDefinitions: [{ name: "flow" }] };

Deno.test("answer members: given the SDK's shapes, when compared, then every member of a definition that only answers have is listed", () => {
  const taken = membersOf(RegisterTaskDefinitionRequest$);

  const missing = membersOf(TaskDefinition$).filter((name) =>
    !taken.includes(name) && !DEFINITION_ANSWERS.includes(name)
  );

  assert.deepEqual(missing, []);
  assert.deepEqual(DEFINITION_ANSWERS.filter((name) => taken.includes(name)), []);
});

Deno.test("answer members: given the SDK's shapes, when compared, then those of a task are listed, but for what overrides take", () => {
  const taken = membersOf(RunTaskRequest$);

  const missing = membersOf(Task$).filter((name) => !taken.includes(name) && !TASK_ANSWERS.includes(name));

  assert.deepEqual(missing.sort(), ["cpu", "ephemeralStorage", "inferenceAccelerators", "memory"]);
  assert.deepEqual(TASK_ANSWERS.filter((name) => taken.includes(name)), []);
});

for (const name of DEFINITION_ANSWERS) {
  for (const spelled of [name, name.slice(0, 1).toUpperCase() + name.slice(1)]) {
    Deno.test(`answer members: given ${spelled} in a template, when read, then it is left out and named once`, () => {
      const { value, ignored } = templateWithoutAnswers({ ...GOOD, [spelled]: "x" });

      assert.deepEqual(value, GOOD);
      assert.deepEqual(ignored, [name]);
      assert.deepEqual(answerWarnings({ ignored }, "--task-definition"), [
        `Ignored what only AWS's answers have in --task-definition: ${name}`,
      ]);
    });
  }
}

Deno.test("answer members: given a whole answer of DescribeTaskDefinition, when read, then it is its definition with tags", () => {
  const tags = [{ key: "a", value: "b" }];
  const answer = { taskDefinition: { ...GOOD, revision: 7 }, tags, ResponseMetadata: { RequestId: "r" } };

  const { value, ignored } = templateWithoutAnswers(answer);

  assert.deepEqual(value, { ...GOOD, tags });
  assert.deepEqual(ignored, ["taskDefinition", "revision"]);
});

Deno.test("answer members: given nothing of the kind, when read, then the value is the same and nothing is said", () => {
  const { value, ignored } = templateWithoutAnswers(GOOD);

  assert.equal(value, GOOD);
  assert.deepEqual(answerWarnings({ ignored }, "x"), []);
  assert.deepEqual(argumentsWithoutAnswers({ launchType: "EC2", lastStatus: "RUNNING" }), {
    value: { launchType: "EC2" },
    ignored: ["lastStatus"],
  });
});

Deno.test("ecs start: given a saved answer as template and arguments, when prepared, then one warning each and good requests", () => {
  const settings = caseSettings();
  const raw = { values: { "task-definition": "/t.yaml", "run-task-kwargs": "/k.yaml" }, pairs: [], env: {} };
  const text = [
    "networkMode: awsvpc",
    "containerDefinitions: [{name: flow, image: i}]",
    "revision: 7",
    "status: ACTIVE",
    "compatibilities: [EC2]",
    "registeredAt: 2021-03-04",
    "registeredBy: arn:aws:iam::123456789012:user/u",
    "requiresAttributes: [{name: a}]",
    "taskDefinitionArn: arn:aws:ecs:us-east-1:123456789012:task-definition/f:7",
  ].join("\n");
  const readings = {
    [fileSource("/t.yaml").key]: { kind: "text", text } as const,
    [fileSource("/k.yaml").key]: {
      kind: "text",
      text: "lastStatus: RUNNING\nlaunchType: FARGATE\n",
    } as const,
  };

  const { template, runTaskKwargs, warnings } = prepareEcs(parseEcsOptions(raw, settings), readings);

  assert.deepEqual(Object.keys(template), ["networkMode", "containerDefinitions"]);
  assert.deepEqual(runTaskKwargs, { launchType: "FARGATE" });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /--task-definition: revision, status, compatibilities, registeredAt/);
  assert.match(warnings[1] ?? "", /--run-task-kwargs: lastStatus/);
});

function caseSettings() {
  return resolveSettings({ rules: ecsRelease.settingsRules, values: {}, env: {}, readText: () => null });
}
