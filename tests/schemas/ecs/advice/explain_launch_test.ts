/** Advice on refused launches: what is wrong, where, and what to do. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { askedOf } from "../../../../schemas/ecs/advice/asked_place.ts";
import { explainLaunch, explainRead } from "../../../../schemas/ecs/advice/explain_launch.ts";
import { adviceFor, PLACEMENT_ROWS, REFUSAL_ROWS } from "../../../../schemas/ecs/advice/launch_advice.ts";
import { notPlaced } from "../../../../schemas/ecs/placement_reasons.ts";
import type { Failure } from "../../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { unplacedText } from "../../../../schemas/prefect1/unplaced_text.ts";

const CONTAINER = {
  name: "flow",
  resourceRequirements: [{ type: "GPU", value: "2" }],
  portMappings: [{ containerPort: 8080, hostPort: 8081 }],
};
const PLAN = planOf({ cpu: "512", memory: "1024", containerDefinitions: [CONTAINER] });

function planOf(request: JsonObject, runTask: JsonObject = {}) {
  const definition = { how: "perRun", ownFamily: null, request: { family: "reports", ...request } } as const;
  return { definition, runTask: { cluster: "blue", ...runTask } };
}

/** Every reason of the ECS guide, with what the sentence must name besides the cluster. */
const REASONS: readonly (readonly [reason: string, resource: RegExp, asked: RegExp])[] = [
  ["RESOURCE:CPU", /CPU/, /cpu 512/],
  ["RESOURCE:MEMORY", /memory/, /memory 1024/],
  ["RESOURCE:PORTS", /port/, /8081/],
  ["RESOURCE:ENI", /network interface/, /awsvpc/],
  ["RESOURCE:GPU", /GPU/, /2 GPU/],
  ["RESOURCE:NEW", /resource/, /cpu 512 and memory 1024/],
  ["AGENT", /container agent/, /cpu 512/],
  ["LOCATION", /availability zone/, /cpu 512/],
  ["ATTRIBUTE", /attribute/, /reports/],
  ["MemberOf placement constraint unsatisfied.", /placement constraints/, /cpu 512/],
  ["INACTIVE", /deregistered/, /cpu 512/],
  ["MISSING", /does not know/, /cpu 512/],
  ["NO ACTIVE INSTANCES", /no active instance/, /cpu 512/],
  ["EMPTY CAPACITY PROVIDER", /no active instance/, /cpu 512/],
  [
    "Capacity is unavailable at this time. Please try again later or in a different availability zone",
    /Fargate has no capacity/,
    /memory 1024/,
  ],
  ["You've reached the limit on the number of vCPUs you can run concurrently", /limit/, /cpu 512/],
  ["You've reached the limit on the number of tasks you can run concurrently", /limit/, /cpu 512/],
  ["something new", /could not place/, /memory 1024/],
  ["", /could not place/, /memory 1024/],
];
for (const [reason, resource, asked] of REASONS) {
  Deno.test(`launch advice: given the reason ${JSON.stringify(reason)}, when explained, then it names resource, amount, cluster and remedy after the originals' text`, () => {
    const failure = notPlaced("flow run run-1", [{ reason }], unplacedText);

    const { message } = explainLaunch(failure, PLAN);

    assert.ok(message.startsWith(`${failure.message}. `), message);
    const advice = message.slice(failure.message.length + 2);
    assert.match(advice, resource);
    assert.match(advice, asked);
    assert.match(advice, /blue/);
    assert.match(advice, /; \w+ .{15,}/, "a remedy");
    assert.ok(advice.length < 400, `${advice.length} characters`);
  });
}

const refusal = (code: string, operation: string, text: string): Failure => ({
  tag: "refused",
  service: "ECS",
  code,
  operation,
  message: `An error occurred (${code}) when calling the ${operation} operation: ${text}`,
});

const REFUSALS: readonly (readonly [Failure, RegExp])[] = [
  [refusal("ClusterNotFoundException", "RunTask", "Cluster not found."), /--cluster/],
  [
    refusal("AccessDeniedException", "RunTask", "User x is not authorized to perform: ecs:RunTask"),
    /ecs:RunTask/,
  ],
  [
    refusal("AccessDeniedException", "RunTask", "not authorized to perform: iam:PassRole on y"),
    /iam:PassRole/,
  ],
  [refusal("AccessDeniedException", "RegisterTaskDefinition", "no"), /ecs:RegisterTaskDefinition/],
  [refusal("AccessDeniedException", "DescribeTaskDefinition", "no"), /allow the operation/],
  [refusal("UnrecognizedClientException", "RunTask", "The security token is invalid."), /check the keys/],
  [refusal("ExpiredTokenException", "RunTask", "expired"), /session token/],
  [refusal("ClientException", "RunTask", "TaskDefinition is inactive"), /active revision/],
  [
    refusal("InvalidParameterException", "RunTask", "No Container Instances were found in your cluster."),
    /FARGATE/,
  ],
  [refusal("InvalidParameterException", "RunTask", "The subnet ID 'subnet-1' does not exist"), /subnets/],
  [refusal("InvalidParameterException", "RunTask", "The security group 'sg-1' does not exist"), /groups/],
  [
    refusal(
      "InvalidParameterException",
      "RunTask",
      "Network Configuration must be provided when networkMode",
    ),
    /networkConfiguration/,
  ],
  [
    refusal("InvalidParameterException", "RunTask", "Override for container named x is not a container"),
    /container/,
  ],
  [
    refusal("ClientException", "RegisterTaskDefinition", "Invalid 'cpu' setting for task"),
    /Fargate task sizes/,
  ],
  [refusal("ClientException", "RegisterTaskDefinition", "Role is not valid"), /execution role/],
  [refusal("LimitExceededException", "RegisterTaskDefinition", "too many"), /Service Quotas/],
  [refusal("BlockedException", "RunTask", "Your AWS account has been blocked."), /AWS Support/],
  [refusal("PlatformUnknownException", "RunTask", "no such version"), /platformVersion/],
  [refusal("NoTask", "RunTask", "nothing"), /AWS_ENDPOINT_URL/],
  [refusal("SomethingNew", "RunTask", "nobody knows"), /correct what the message names/],
];
for (const [failure, remedy] of REFUSALS) {
  Deno.test(`launch advice: given ${failure.message}, when explained, then it says where and what to do`, () => {
    const { message } = explainLaunch(failure, PLAN);

    assert.ok(message.startsWith(failure.message.replace(/\.$/, "")), message);
    const advice = message.slice(failure.message.length - 1);
    assert.match(advice, /blue|reports/);
    assert.match(advice, remedy);
  });
}

Deno.test("launch advice: given all rows, when read, then each has a what with a place and a remedy that begins with a verb", () => {
  for (const { what, todo } of [...PLACEMENT_ROWS, ...REFUSAL_ROWS]) {
    const sentence = what(askedOf(PLAN));
    assert.match(sentence, /blue|reports/);
    assert.match(todo, /^[a-z]+ /);
    assert.ok(`${sentence}; ${todo}`.length < 400, sentence);
  }
});

Deno.test("launch advice: given failures that pass or were explained, when explained, then they stay as they are", () => {
  const passing: Failure = { tag: "unknownOutcome", operation: "RunTask", message: "reset" };
  const once = explainLaunch(notPlaced("flow run run-1", [{ reason: "AGENT" }], unplacedText), PLAN);

  assert.equal(explainLaunch(passing, PLAN), passing);
  assert.equal(explainLaunch(once, PLAN), once);
});

Deno.test("launch advice: given a reason from each of many instances, when explained, then each sentence stands once", () => {
  const failures = Array.from({ length: 500 }, (_, i) => ({ arn: `arn:${i}`, reason: "RESOURCE:MEMORY" }));

  const { message } = explainLaunch(notPlaced("flow run run-1", failures, () => "not placed"), PLAN);

  assert.equal(message.match(/enough memory free/g)?.length, 1);
});

Deno.test("launch advice: given a conflict, when explained, then the tasks and the remedy are named", () => {
  const conflict: Failure = { tag: "conflict", taskIds: ["arn:1"], message: "token used" };

  assert.match(explainLaunch(conflict, PLAN).message, /blue .*arn:1; stop them/);
});

const SIZES: readonly (readonly [string, ReturnType<typeof planOf>, string])[] = [
  ["of the definition", PLAN, "cpu 512 and memory 1024"],
  [
    "of the launch",
    planOf({ cpu: "512" }, { overrides: { cpu: "2048", memory: "4 GB" } }),
    "cpu 2048 and memory 4 GB",
  ],
  [
    "of its containers",
    planOf({
      containerDefinitions: [{ name: "flow", cpu: 256, memory: 300 }, { name: "b", memoryReservation: 200 }],
    }),
    "cpu 256 and memory 500",
  ],
  [
    "of a container that the launch changes",
    planOf({ containerDefinitions: [{ name: "flow", cpu: 256, memory: 300 }] }, {
      overrides: { containerOverrides: [{ name: "flow", memory: 900 }] },
    }),
    "cpu 256 and memory 900",
  ],
  ["that nobody gave", planOf({}), "the cpu of its task definition and the memory of its task definition"],
];
for (const [what, plan, size] of SIZES) {
  Deno.test(`launch advice: given a size ${what}, when asked for, then it reads ${size}`, () => {
    assert.equal(askedOf(plan).size, size);
  });
}

Deno.test("launch advice: given any plan and any text, when explained, then nothing is thrown and a sentence comes", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.string(), (json, signal) => {
    const request = { containerDefinitions: json, cpu: json } as JsonObject;
    const asked = askedOf(planOf(request, { overrides: json } as JsonObject));
    assert.notEqual(adviceFor(PLACEMENT_ROWS, signal, asked), "");
    assert.notEqual(adviceFor(REFUSAL_ROWS, signal, asked), "");
  }));
});

for (
  const [kind, permission] of [["s3", /s3:GetObject/], ["taskDefinition", /ecs:Describe/], [
    "defaultNetwork",
    /ec2:/,
  ]] as const
) {
  Deno.test(`launch advice: given a refused read of the kind ${kind}, when explained, then permission and check follow the text of AWS`, () => {
    const failure = refusal("AccessDenied", "GetObject", "Access Denied.");

    const { message } = explainRead(failure, kind);

    assert.ok(message.startsWith(failure.message.replace(/\.$/, "")), message);
    assert.match(message, permission);
    assert.match(message, /; check that /);
    assert.equal(explainRead(failure, "file"), failure);
  });
}
