/** What runs may ask for when the operator lists it. @module */

import { told } from "../../support/launch_plan.ts";
import assert from "node:assert/strict";
import { ecsFlavour } from "../../../flavours/ecs_agent/flavour.ts";
import { ALLOW_ALL, allowLists } from "../../../schemas/ecs/allow/allow_lists.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { definitionSource } from "../../../schemas/ecs/source.ts";
import { goldenReadings, goldenRun } from "../../support/goldens/ecs_golden.ts";
import {
  caseOf,
  failureOf,
  planGolden,
  prepareGolden,
  withAgent,
  withFlow,
  withRunConfig,
} from "../../support/goldens/ecs_plan.ts";

const ROLE = "arn:aws:iam::123456789012:role";
const PUBLISHED = "prefecthq/prefect:1.4.1";
const BASE = caseOf("basic/run-config-minimal");

/** Every kind has a list, and none of them has what these runs ask for. */
const STRICT: OptionValues = {
  "allow-task-role-arn": ["flow-*"],
  "allow-execution-role-arn": [`${ROLE}/exec`],
  "allow-cluster": ["flows"],
  "allow-image": [PUBLISHED, "reg/flows:*"],
};

/** An agent whose own files and options name a role, a cluster and images of each kind. */
const AGENT = withAgent({
  init: {
    ...BASE.agent.init,
    cluster: "own-cluster",
    task_role_arn: "own-task",
    execution_role_arn: "own-exec",
    task_definition_path: "/etc/template.yaml",
    run_task_kwargs_path: "/etc/kwargs.yaml",
  },
  files: {
    "/etc/template.yaml": JSON.stringify({
      taskRoleArn: "template-task",
      executionRoleArn: "template-exec",
      containerDefinitions: [{ name: "flow", image: "own:1" }, { name: "log", image: "own-log:1" }],
    }),
    "/etc/kwargs.yaml": JSON.stringify({ overrides: { taskRoleArn: "kwargs-task" } }),
    "/run/template.yaml": JSON.stringify({
      taskRoleArn: "in-the-file",
      containerDefinitions: [{ image: "file:1" }],
    }),
    "/run/named.yaml": JSON.stringify({
      containerDefinitions: [{ name: "flow", image: PUBLISHED }, { name: "in-the-file", image: "file:1" }],
    }),
  },
}).agent;

function planned(runConfig: JsonObject, values: OptionValues = STRICT, agent = BASE.agent) {
  const golden = { ...withRunConfig(runConfig), agent };
  return planGolden(golden, (options) => ({ ...options, allow: allowLists(values) }));
}

function refusal(runConfig: JsonObject, values: OptionValues = STRICT): string {
  return failureOf(() => planned(runConfig, values)).message;
}

const SIDECAR = { name: "log", image: "evil:1" };

/** What a run asks for, the option that forbids it, the value that is told. */
const ROWS: readonly (readonly [name: string, JsonObject, option: string, value: string])[] = [
  ["a task role", { task_role_arn: "admin" }, "task-role-arn", "admin"],
  ["a task role by ARN", { task_role_arn: `${ROLE}/admin` }, "task-role-arn", `${ROLE}/admin`],
  ["a task role in the definition", { task_definition: { taskRoleArn: "admin" } }, "task-role-arn", "admin"],
  [
    "a task role in the definition, with an allowed one over it",
    {
      task_definition: { taskRoleArn: "admin" },
      task_role_arn: "flow-x",
    },
    "task-role-arn",
    "admin",
  ],
  [
    "a task role in overrides",
    {
      run_task_kwargs: { overrides: { taskRoleArn: "admin" } },
    },
    "task-role-arn",
    "admin",
  ],
  ["an execution role", { execution_role_arn: "admin" }, "execution-role-arn", "admin"],
  [
    "an execution role in the definition",
    {
      task_definition: { executionRoleArn: "admin" },
    },
    "execution-role-arn",
    "admin",
  ],
  [
    "an execution role in overrides",
    {
      run_task_kwargs: { overrides: { executionRoleArn: "admin" } },
    },
    "execution-role-arn",
    "admin",
  ],
  ["a cluster", { run_task_kwargs: { cluster: "prod" } }, "cluster", "prod"],
  ["an image", { image: "evil:1" }, "image", "evil:1"],
  [
    "an image in the definition",
    {
      task_definition: { containerDefinitions: [{ name: "flow", image: "evil:1" }] },
    },
    "image",
    "evil:1",
  ],
  [
    "an image of a sidecar before the flow",
    {
      task_definition: { containerDefinitions: [SIDECAR, { name: "flow", image: PUBLISHED }] },
    },
    "image",
    "evil:1",
  ],
  [
    "an image of a sidecar behind the flow",
    {
      task_definition: { containerDefinitions: [{ name: "flow" }, SIDECAR] },
    },
    "image",
    "evil:1",
  ],
];

for (const [name, runConfig, part, value] of ROWS) {
  const option = `allow-${part}`;

  Deno.test(`allow lists: given a run that asks for ${name}, when it is not listed, then it is refused by option and value`, () => {
    const message = refusal(runConfig);

    assert.ok(message.includes(`--${option}`) && message.includes(value), message);
  });

  Deno.test(`allow lists: given a run that asks for ${name}, when it is listed or there is no list, then it is planned`, () => {
    planned(runConfig, { [option]: [...STRICT[option] as string[], value] });
    const free = planGolden({ ...withRunConfig(runConfig), agent: BASE.agent });
    assert.deepEqual(told(planned(runConfig, {})), told(free));
  });
}

Deno.test("allow lists: given a run in an empty cluster name, when the agent has a cluster, then the cluster default is judged", () => {
  const golden = { ...withRunConfig({ run_task_kwargs: { cluster: "" } }), agent: AGENT };
  const plan = (values: OptionValues) =>
    planGolden(golden, (options) => ({ ...options, allow: allowLists(values) }));

  assert.match(
    failureOf(() => plan({ "allow-cluster": ["flows"] })).message,
    /cluster, default, .*--allow-cluster/,
  );
  assert.equal(plan({ "allow-cluster": ["default"] }).runTask.cluster, "");
});

Deno.test("allow lists: given what the agent's options and files say, when a run uses it or asks for it, then it is allowed", () => {
  planned({}, STRICT, AGENT);
  for (const role of ["own-task", "template-task", "kwargs-task", `${ROLE}/own-task`]) {
    planned({ task_role_arn: role }, STRICT, AGENT);
  }
  for (const role of ["own-exec", "template-exec"]) planned({ execution_role_arn: role }, STRICT, AGENT);
  planned(
    { run_task_kwargs: { cluster: "arn:aws:ecs:us-east-1:123456789012:cluster/own-cluster" } },
    STRICT,
    AGENT,
  );
  planned({ task_definition: { containerDefinitions: [{ name: "flow", image: "own:1" }] } }, STRICT, AGENT);

  const crossed = failureOf(() => planned({ task_role_arn: "own-exec" }, STRICT, AGENT));
  assert.match(crossed.message, /--allow-task-role-arn/);
});

Deno.test("allow lists: given a flow in Docker storage, when its image is not listed, then it is refused", () => {
  const storage = { type: "Docker", registry_url: "evil.io", image_name: "x", image_tag: "1" };
  const allow = allowLists(STRICT);

  const failure = failureOf(() => planGolden(withFlow({ storage }), (options) => ({ ...options, allow })));

  assert.match(failure.message, /evil\.io\/x:1, is not allowed by --allow-image/);
});

Deno.test("allow lists: given a flow without an image, when the published one is not listed, then it is refused", () => {
  assert.match(
    refusal({}, { "allow-image": ["reg/flows:*"] }),
    /prefecthq\/prefect:1\.4\.1, .*--allow-image/,
  );
});

Deno.test("allow lists: given a file that the run names, when the image of a container is not allowed, then the message tells its number and not its name", () => {
  const failure = failureOf(() => planned({ task_definition_path: "/run/named.yaml" }, STRICT, AGENT));

  assert.match(failure.message, /the image of container number 2 is not allowed by --allow-image/);
  assert.doesNotMatch(failure.message, /in-the-file|file:1/);
});

Deno.test("allow lists: given a file that the run names, when it asks for more, then the message does not tell what it holds", () => {
  const failure = failureOf(() =>
    planned({ task_definition_path: "/run/template.yaml", image: PUBLISHED }, STRICT, AGENT)
  );

  assert.match(failure.message, /task role is not allowed by --allow-task-role-arn/);
  assert.doesNotMatch(failure.message, /in-the-file/);
});

const DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/shared:7";

/** Plans a run that names a definition, of which ECS tells this. */
function namedDefinition(described: JsonObject, values: OptionValues) {
  const golden = withRunConfig({ task_definition_arn: "shared" });
  const options = { ...prepareGolden(golden), allow: values === STRICT ? allowLists(values) : ALLOW_ALL };
  const value = { taskDefinitionArn: DEFINITION, taskRoleArn: null, executionRoleArn: null, ...described };
  const readings = {
    ...goldenReadings([], golden),
    [definitionSource("shared").key]: { kind: "json", value },
  } as const;
  return ecsFlavour.plan(goldenRun(golden), options, readings);
}

const FLOW = { name: "flow", image: PUBLISHED };

for (
  const [name, described, option] of [
    ["a role", { taskRoleArn: `${ROLE}/admin`, containerDefinitions: [FLOW] }, "task-role-arn"],
    [
      "an execution role",
      { executionRoleArn: `${ROLE}/admin`, containerDefinitions: [FLOW] },
      "execution-role-arn",
    ],
    ["a sidecar's image", { containerDefinitions: [FLOW, SIDECAR] }, "image"],
    ["no containers", {}, "image"],
  ] as const
) {
  Deno.test(`allow lists: given a definition that a run names, when it has ${name} that cannot be allowed, then the run is refused`, () => {
    assert.match(
      failureOf(() => namedDefinition(described, STRICT)).message,
      new RegExp(`--allow-${option}`),
    );
    assert.deepEqual(namedDefinition(described, {}).definition, { how: "existing", name: "shared" });
  });
}

Deno.test("allow lists: given a definition that a run names, when it is allowed, then the very revision that was judged is run", () => {
  const plan = namedDefinition({ taskRoleArn: `${ROLE}/flow-x`, containerDefinitions: [FLOW] }, STRICT);

  assert.deepEqual(plan.definition, { how: "existing", name: DEFINITION });
});

Deno.test("allow lists: given an empty value, when the options are read, then it is refused by the option's name", () => {
  for (const option of Object.keys(STRICT)) {
    assert.match(failureOf(() => allowLists({ [option]: ["a", ""] })).message, new RegExp(`--${option}`));
  }
});
