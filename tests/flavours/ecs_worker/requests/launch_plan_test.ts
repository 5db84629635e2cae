import assert from "node:assert/strict";
import { allowPattern } from "../../../../schemas/ecs/allow/allow_pattern.ts";
import { ALLOW_ALL, type AllowLists } from "../../../../schemas/ecs/allow/allow_lists.ts";
import { workerFlavour } from "../../../../flavours/ecs_worker/flavour.ts";
import { sameMeaning } from "../../../../schemas/ecs/shapes/same_meaning.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../../schemas/json/shape.ts";
import { DEFAULT_TEMPLATE, readGroup } from "../../../support/prefect3/golden_run.ts";
import {
  overrideOf,
  planGolden,
  planWith,
  refusalWith,
  registrationOf,
} from "../../../support/prefect3/plan_golden.ts";

const TEMPLATE = mapping(DEFAULT_TEMPLATE.job_configuration);

/** A container of the template with more members. */
function withContainer(members: JsonObject): JsonObject {
  const definition = mapping(TEMPLATE.task_definition);
  return {
    task_definition: { ...definition, containerDefinitions: [{ name: "prefect", image: "i", ...members }] },
  };
}

function containerOf(plan: ReturnType<typeof planWith>): JsonObject {
  return mappings(registrationOf(plan).containerDefinitions)[0] ?? {};
}

Deno.test("types: given sizes in AWS's words, when a run is planned, then task and container have them as AWS takes them", () => {
  const plan = planWith({
    variables: { cpu: { type: "string", default: "1 vCPU" }, memory: { type: "string", default: "2 GB" } },
  });

  const { cpu, memory } = registrationOf(plan);
  assert.deepEqual([cpu, memory], ["1024", "2048"]);
  const overrides = mapping(plan.runTask.overrides);
  assert.deepEqual([overrides.cpu, overrides.memory], ["1024", "2048"]);
  assert.deepEqual([overrideOf(plan).cpu, overrideOf(plan).memory], [1024, 2048]);
});

Deno.test("types: given a number in text for a variable of one's own, when a run is planned, then it is a number", () => {
  const plan = planWith({
    configuration: {
      task_definition: {
        ...mapping(TEMPLATE.task_definition),
        ephemeralStorage: { sizeInGiB: "{{ storage }}" },
      },
    },
    variables: { storage: { type: "string", default: "60" } },
  });

  assert.deepEqual(registrationOf(plan).ephemeralStorage, { sizeInGiB: 60 });
});

const REFUSED: readonly (readonly [string, JsonObject, RegExp])[] = [
  ["a part of a CPU unit", { cpu: 0.5 }, /task_(definition|run_request).*cpu must be a whole number.*1 vCPU/],
  ["no CPU", { cpu: 0 }, /cpu must be more than 0/],
  ["a size in other words", { memory: "2 gigs" }, /memory must be a whole number of MiB.*2 GB/],
  ["a CPU that Fargate does not have", { cpu: 300 }, /cpu is no size of Fargate: use 256, 512, 1024/],
  [
    "a memory that Fargate does not have",
    { cpu: 256, memory: 100 },
    /memory is no size of Fargate.*512, 1024, 2048/,
  ],
];

for (const [what, given, wanted] of REFUSED) {
  Deno.test(`types: given ${what}, when a run is planned, then it is refused with the accepted values`, () => {
    const message = refusalWith({ deployment: given });

    assert.match(message, wanted);
    assert.ok(!message.includes("gigs"));
  });
}

Deno.test("types: given a pair of sizes that Fargate does not have, when a run is planned, then it is told and left to AWS", () => {
  const { hints = [] } = planWith({ deployment: { cpu: 256, memory: 4096 } });

  assert.match(hints.map(({ text }) => text).join(), /256 CPU units with 4096 MiB.*512, 1024, 2048/);
});

Deno.test("types: given a size of one's own on EC2, when a run is planned, then it is taken", () => {
  const plan = planWith({ deployment: { launch_type: "EC2", cpu: 300, memory: 777 } });

  assert.deepEqual([containerOf(plan).cpu, containerOf(plan).memory], [300, 777]);
});

Deno.test("definition: given a misspelt member, when a run is planned, then it is refused by its path", () => {
  const message = refusalWith({
    configuration: withContainer({ bogus: 1, healthCheck: { commands: ["CMD"] } }),
  });

  assert.match(message, /containerDefinitions\[0\] \(prefect\)\.bogus is unknown/);
});

Deno.test("definition: given containers that are no list of mappings, when a run is planned, then they are refused", () => {
  const message = refusalWith({ configuration: { task_definition: { containerDefinitions: ["prefect"] } } });

  assert.match(message, /task_definition\.containerDefinitions must be a list of mappings/);
});

Deno.test("definition: given a command as one text, when a run is planned, then it is split as a shell does", () => {
  const plan = planWith({ configuration: withContainer({ entryPoint: "sh -c 'a b'" }) });

  assert.deepEqual(containerOf(plan).entryPoint, ["sh", "-c", "a b"]);
});

Deno.test("definition: given secrets of the worker and of the template, when a run is planned, then each name has one ARN", () => {
  const plan = planWith({
    deployment: { prefect_api_key_secret_arn: "arn:new" },
    configuration: withContainer({
      secrets: [{ name: "PREFECT_API_KEY", valueFrom: "arn:old" }, { name: "OTHER", valueFrom: "arn:other" }],
      environment: [{ name: "PREFECT_API_KEY", value: "clear" }],
    }),
  });

  assert.deepEqual(containerOf(plan).secrets, [
    { name: "OTHER", valueFrom: "arn:other" },
    { name: "PREFECT_API_KEY", valueFrom: "arn:new" },
  ]);
  assert.equal(containerOf(plan).environment, undefined);
});

Deno.test("definition: given logs to CloudWatch, when a run is planned, then options of other kinds are text and null is left out", () => {
  const plan = planWith({
    deployment: { configure_cloudwatch_logs: true, execution_role_arn: "arn:aws:iam::1:role/e" },
    variables: {
      cloudwatch_logs_options: {
        type: "object",
        default: { "awslogs-create-group": false, "max-buffer-size": 4, mode: null },
      },
    },
  });

  const { options } = mapping(containerOf(plan).logConfiguration);
  assert.deepEqual(options, {
    "awslogs-create-group": "false",
    "awslogs-group": "prefect",
    "awslogs-region": "us-east-1",
    "awslogs-stream-prefix": "prefect-logs_ecs-pool_2254342b-ecce-4fbd-8453-8e0a38696791",
    "max-buffer-size": "4",
  });
});

const DEADLINES: readonly (readonly [number, number | null])[] = [
  [0, null],
  [300, null],
  [720, 720_000],
  [1, 1000],
];

for (const [seconds, wanted] of DEADLINES) {
  Deno.test(`start deadline: given task_start_timeout_seconds ${seconds}, when a run is planned, then it is ${wanted}`, () => {
    const { startMs } = planWith({ configuration: { task_start_timeout_seconds: seconds } });

    assert.equal(startMs, wanted);
  });
}

Deno.test("templates: given one of Prefect 2 with its old default of 300 s, when a run is planned, then it is launched without a word", () => {
  const { startMs, hints } = planWith({
    configuration: {
      stream_output: "{{ stream_output }}",
      task_start_timeout_seconds: "{{ task_start_timeout_seconds }}",
      task_watch_poll_interval: "{{ task_watch_poll_interval }}",
    },
    variables: {
      stream_output: { title: "Stream Output", type: "boolean" },
      task_start_timeout_seconds: { title: "Timeout", default: 300, type: "integer" },
      task_watch_poll_interval: { title: "Interval", default: 5, type: "number" },
      aws_credentials: { title: "AWS Credentials", allOf: [{ $ref: "#/definitions/AwsCredentials" }] },
    },
  });

  assert.deepEqual([startMs, hints], [null, []]);
});

Deno.test("RunTask: given more variables than ECS takes, when a run is planned, then the largest is named and no value told", () => {
  const message = refusalWith({ deployment: { env: { BIG: "s3cr3t".repeat(2000) } } });

  assert.match(message, /task_run_request\.overrides take \d+ characters.*8192.*BIG \(12000 characters\)/);
  assert.ok(!message.includes("s3cr3t"));
});

Deno.test("RunTask: given two tasks at a time, when a run is planned, then it is refused", () => {
  const message = refusalWith({ configuration: { task_run_request: { launchType: "FARGATE", count: 2 } } });

  assert.match(message, /task_run_request\.count must be 1/);
});

Deno.test("RunTask: given no override for the flow's container, when a run is planned, then it is told once per deployment", () => {
  const { hints = [] } = planWith({ configuration: { task_run_request: { launchType: "FARGATE" } } });

  assert.equal(hints.length, 1);
  assert.match(hints[0]?.text ?? "", /containerOverrides has no entry for container prefect/);
  assert.match(hints[0]?.key ?? "", /^2254342b/);
});

Deno.test("RunTask: given a launch type in small letters, when a run is planned, then it is AWS's word", () => {
  const { runTask } = planWith({ configuration: { task_run_request: { launchType: "fargate_spot" } } });

  assert.equal(runTask.launchType, undefined);
  assert.deepEqual(runTask.capacityProviderStrategy, [{ capacityProvider: "FARGATE_SPOT", weight: 1 }]);
});

Deno.test("explanation: given variables and labels of a deployment, when it is asked where fields came from, then each has its source", () => {
  const plan = planWith({ deployment: { env: { A: "x" }, cluster: "prod" } });

  const sources = plan.sources();
  const environment = mappings(overrideOf(plan).environment);
  const at = environment.findIndex(({ name }) => name === "A");
  assert.equal(sources[`/runTask/overrides/containerOverrides/0/environment/${at}`]?.from, "deployment");
  assert.equal(sources["/runTask/cluster"]?.from, "deployment");
  const subnets = sources["/runTask/networkConfiguration/awsvpcConfiguration/subnets"];
  assert.deepEqual(subnets, { from: "platform", name: "default VPC" });
});

const REUSED = [...readGroup("cache"), ...readGroup("second-run")].filter(({ expect, aws_before }) =>
  expect.registered === null && mappings(aws_before.task_definitions).length > 0
);

for (const golden of REUSED) {
  Deno.test(`meaning: given the registered definition of ${golden.id}, when it is compared with what would be registered, then it is used again`, () => {
    const name = String(golden.expect.run_task?.taskDefinition);
    const registered = mappings(golden.aws_before.task_definitions)
      .find(({ taskDefinitionArn }) => taskDefinitionArn === name);

    assert.ok(registered !== undefined && sameMeaning(registered, registrationOf(planGolden(golden))));
  });
}

const IMAGES: AllowLists = { ...ALLOW_ALL, image: [allowPattern("image", "registry.example/*")] };

Deno.test("allow-lists: given an image that a deployment asks for, when it is not in the list, then the run is refused with the option", () => {
  const allowed = planWith({ deployment: { image: "registry.example/a:1" }, options: { allow: IMAGES } });
  const message = refusalWith({ deployment: { image: "elsewhere/a:1" }, options: { allow: IMAGES } });

  assert.equal(containerOf(allowed).image, "registry.example/a:1");
  assert.match(message, /--allow-image/);
});

Deno.test("allow-lists: given an image that the pool's template states, when a run is planned, then it is the operator's own", () => {
  const plan = planWith({
    variables: { image: { type: "string", default: "operator/own:1" } },
    deployment: { image: "operator/own:1" },
    options: { allow: IMAGES },
  });

  assert.equal(containerOf(plan).image, "operator/own:1");
});

const ROLES: AllowLists = { ...ALLOW_ALL, taskRoleArn: [allowPattern("role", "flows-*")] };

Deno.test("allow-lists: given a task role that a flow run asks for, when it is not in the list, then the run is refused", () => {
  const role = (name: string) => ({ task_role_arn: `arn:aws:iam::123456789012:role/${name}` });

  planWith({ flowRun: role("flows-a"), options: { allow: ROLES } });

  assert.match(refusalWith({ flowRun: role("admin"), options: { allow: ROLES } }), /--allow-task-role-arn/);
});

Deno.test("registration: given an id that the API gave the worker, when runs are planned, then containers know it", () => {
  const options = workerFlavour.registered(
    {
      name: "w",
      workerId: null,
      settings: { explicit: [], passWorkerSettings: false },
      environment: {},
      allow: ALLOW_ALL,
    },
    { tenantId: null, agentId: "worker-7" },
  );

  const plan = planWith({ options });
  assert.ok(
    mappings(overrideOf(plan).environment).some(({ name, value }) =>
      name === "PREFECT__WORKER_ID" && value === "worker-7"
    ),
  );
});

Deno.test("allow-lists: given a family that a deployment names, when its newest revision is judged, then that very revision is launched", () => {
  const arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/ext:7";
  const registered = {
    family: "ext",
    revision: 7,
    taskDefinitionArn: arn,
    networkMode: "awsvpc",
    containerDefinitions: [{ name: "prefect", image: "registry.example/a:1" }],
  };
  const input = { deployment: { task_definition_arn: "ext" }, aws: { task_definitions: [registered] } };

  const free = planWith(input);
  const judged = planWith({ ...input, options: { allow: IMAGES } });

  assert.deepEqual(free.definition, { how: "existing", name: "ext" });
  assert.deepEqual(judged.definition, { how: "existing", name: arn });
});
