/**
 * Where fields of both requests are said to come from.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../../../../schemas/json/json.ts";
import type { LaunchPlan } from "../../../../schemas/ecs/launch_plan.ts";
import type { FieldSource } from "../../../../schemas/plan/field_source.ts";
import { DEFAULT_TEMPLATE, JOB_GROUPS, readGroup } from "../../../support/prefect3/golden_run.ts";
import { planGolden, type PlanInput, planWith } from "../../../support/prefect3/plan_golden.ts";

interface Leaf {
  readonly pointer: string;
  readonly value: Json;
}

/** Every value that is neither list nor mapping. */
function leavesOf(value: Json, pointer: string): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, `${pointer}/${index}`));
  if (!isJsonObject(value)) return [{ pointer, value }];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner ?? null, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`)
  );
}

function leavesOfPlan({ definition, runTask }: LaunchPlan): readonly Leaf[] {
  const registered = definition.how === "existing"
    ? []
    : leavesOf(definition.request, "/registerTaskDefinition");
  return [...registered, ...leavesOf(runTask, "/runTask")];
}

/** Job variables of the default template and the member of `job_configuration` that a literal stands in. */
const SLOTS = ["image", "family", "cluster", "task_role_arn", "execution_role_arn", "command"] as const;
type Slot = typeof SLOTS[number] | "env" | "labels";

/** Who states a value. */
const WAYS = [
  "template",
  "default",
  "deployment",
  "flowRun",
  "flowRunOverDeployment",
  "blockByDeployment",
  "variableByFlowRun",
  "blockInTemplate",
  "variableInTemplate",
  "processInTemplate",
  "blockInText",
] as const;
type Way = typeof WAYS[number];

/** What a source must say of each way. */
const EXPECTED: Readonly<Record<Way, (slot: Slot) => readonly [FieldSource["from"], string]>> = {
  template: () => ["template", "base job template"],
  default: (slot) => ["default", `variable ${slot} of work pool`],
  deployment: (slot) => ["deployment", `job variable ${slot} of nightly`],
  flowRun: (slot) => ["flow run", `job variable ${slot}`],
  flowRunOverDeployment: (slot) => ["flow run", `job variable ${slot}`],
  blockByDeployment: (slot) => ["block", `block json/of-${slot.replaceAll("_", "-")}`],
  variableByFlowRun: (slot) => ["variable", `Prefect variable of_${slot}`],
  blockInTemplate: (slot) => ["block", `block json/of-${slot.replaceAll("_", "-")}`],
  variableInTemplate: (slot) => ["variable", `Prefect variable of_${slot}`],
  processInTemplate: (slot) => ["variable", `OF_${slot.toUpperCase()}`],
  blockInText: (slot) => ["block", `block json/of-${slot.replaceAll("_", "-")}`],
};

function marker(slot: Slot): string {
  return `marked-${slot.replaceAll("_", "-")}-x`;
}

/** What stands in place of the value. */
function textOf(slot: Slot, way: Way): string {
  const block = `{{ prefect.blocks.json.of-${slot.replaceAll("_", "-")}.text }}`;
  switch (way) {
    case "blockByDeployment":
    case "blockInTemplate":
      return block;
    case "blockInText":
      return `a${block}`;
    case "variableByFlowRun":
    case "variableInTemplate":
      return `{{ prefect.variables.of_${slot} }}`;
    case "processInTemplate":
      return `{{ $OF_${slot.toUpperCase()} }}`;
    default:
      return marker(slot);
  }
}

const IN_TEMPLATE: ReadonlySet<Way> = new Set([
  "template",
  "blockInTemplate",
  "variableInTemplate",
  "processInTemplate",
]);
const BY_DEPLOYMENT: ReadonlySet<Way> = new Set([
  "deployment",
  "blockByDeployment",
  "blockInText",
]);

/** `env` and `labels` are mappings; the others are texts. */
function wrapped(slot: Slot, text: string): Json {
  return slot === "env" || slot === "labels" ? { [`${slot}-member`]: text } : text;
}

type Ways = Readonly<Partial<Record<Slot, Way>>>;

/** The template with the placeholder of each slot that is stated in it replaced by what is stated. */
function configurationOf(ways: Ways): JsonObject {
  let text = JSON.stringify(DEFAULT_TEMPLATE.job_configuration);
  for (const [slot, way] of Object.entries(ways) as [Slot, Way][]) {
    if (!IN_TEMPLATE.has(way)) continue;
    text = text.replaceAll(`"{{ ${slot} }}"`, JSON.stringify(wrapped(slot, textOf(slot, way))));
  }
  return JSON.parse(text);
}

function inputOf(ways: Ways): PlanInput {
  const entries = Object.entries(ways) as [Slot, Way][];
  const stated = (accepts: (way: Way) => boolean, text = textOf) =>
    Object.fromEntries(
      entries.filter(([, way]) => accepts(way)).map(([slot, way]) => [slot, wrapped(slot, text(slot, way))]),
    );
  const slots = entries.map(([slot]) => slot);
  return {
    configuration: configurationOf(ways),
    variables: Object.fromEntries(
      entries.filter(([, way]) => way === "default").map((
        [slot],
      ) => [slot, { default: wrapped(slot, marker(slot)) }]),
    ),
    deployment: {
      ...(ways.image === "default" ? { image: undefined } : {}),
      ...stated((way) => way === "flowRunOverDeployment", () => "replaced"),
      ...stated((way) => BY_DEPLOYMENT.has(way)),
    },
    flowRun: stated((way) => way.startsWith("flowRun") || way === "variableByFlowRun"),
    blocks: slots.map((slot) => ({
      id: `id-${slot}`,
      type: "json",
      name: `of-${slot.replaceAll("_", "-")}`,
      data: { value: { text: marker(slot) } },
    })),
    prefectVariables: Object.fromEntries(slots.map((slot) => [`of_${slot}`, marker(slot)])),
    options: {
      environment: Object.fromEntries(slots.map((slot) => [`OF_${slot.toUpperCase()}`, marker(slot)])),
    },
  };
}

const ways = fc.record(
  Object.fromEntries([...SLOTS, "env", "labels"].map((slot) => [slot, fc.constantFrom(...WAYS)])),
  { requiredKeys: [] },
) as fc.Arbitrary<Ways>;

Deno.test("sources: given values that template, defaults, deployment, run, blocks and variables state, when a plan is asked, then each leaf has one source, and it names who stated it", () => {
  fc.assert(fc.property(ways, (ways) => {
    const plan = planWith(inputOf(ways));
    const sources = plan.sources();

    for (const { pointer, value } of leavesOfPlan(plan)) {
      const source = sources[pointer];
      assert.ok(source !== undefined && source.name !== "", pointer);
      const slot = ([...SLOTS, "env", "labels"] as const).find((slot) =>
        typeof value === "string" && value.includes(marker(slot))
      );
      const way = slot === undefined ? undefined : ways[slot];
      if (slot === undefined || way === undefined) continue;
      const [from, name] = EXPECTED[way](slot);
      assert.equal(source.from, from, `${pointer} ${way}`);
      assert.ok(source.name.includes(name), `${pointer} ${way}: ${source.name}`);
      assert.equal(source.isHidden === true, /block|process/.test(way), `${pointer} ${way}`);
    }
  }));
});

Deno.test("sources: given every way of every slot, when planned, then the marked value is in a request, so that the rule above looks at it", () => {
  for (const slot of [...SLOTS, "env", "labels"] as const) {
    for (const way of WAYS) {
      const leaves = leavesOfPlan(planWith(inputOf({ [slot]: way })));

      assert.ok(
        leaves.some(({ value }) => typeof value === "string" && value.includes(marker(slot))),
        `${slot} ${way}`,
      );
    }
  }
});

/** AWS would refuse its network, which the original sends. */
const REFUSED = "network-config-no-subnets";

const LAUNCHED = JOB_GROUPS.flatMap(readGroup).filter(({ id, expect }) =>
  expect.run_task !== null && id !== REFUSED
);

for (const golden of LAUNCHED) {
  Deno.test(`sources: given ${golden.id}, when its plan is asked, then every leaf has one source with a name`, () => {
    const plan = planGolden(golden);

    const sources = plan.sources();
    const nameless = leavesOfPlan(plan).filter(({ pointer }) => !sources[pointer]?.name);
    assert.deepEqual(nameless, []);
  });
}

/** Parts that nobody states, that others are made of, or that have other names: what is said of them. */
const MADE: readonly (readonly [what: string, input: PlanInput, pointer: string, source: string])[] = [
  ["no size", {}, "/registerTaskDefinition/cpu", "default: worker"],
  ["no network mode", {}, "/registerTaskDefinition/networkMode", "default: launch type"],
  ["no family", {}, "/registerTaskDefinition/family", "default: work pool and deployment"],
  ["no command", {}, "/runTask/overrides/containerOverrides/0/command", "default: worker"],
  [
    "no network",
    {},
    "/runTask/networkConfiguration/awsvpcConfiguration/subnets",
    "platform: default VPC",
  ],
  [
    "a VPC of a Prefect variable",
    { deployment: { vpc_id: "{{ prefect.variables.vpc }}" }, prefectVariables: { vpc: "vpc-2" } },
    "/runTask/networkConfiguration/awsvpcConfiguration/subnets",
    "platform: VPC of Prefect variable vpc and job variable vpc_id of nightly",
  ],
  [
    "a network in Terraform's spelling",
    {
      deployment: {
        vpc_id: "vpc-2",
        network_configuration: { security_groups: ["sg-1"], subnets: "subnet-c" },
      },
    },
    "/runTask/networkConfiguration/awsvpcConfiguration/securityGroups/0",
    "deployment: job variable network_configuration of nightly",
  ],
  [
    "a network that is wrapped",
    {
      flowRun: {
        vpc_id: "vpc-2",
        network_configuration: { awsvpcConfiguration: { subnets: ["subnet-c"] } },
      },
    },
    "/runTask/networkConfiguration/awsvpcConfiguration/subnets",
    "flow run: job variable network_configuration",
  ],
  [
    "FARGATE_SPOT",
    { deployment: { launch_type: "FARGATE_SPOT" } },
    "/runTask/capacityProviderStrategy/0/capacityProvider",
    "deployment: job variable launch_type of nightly",
  ],
  [
    "the size of a container on EC2",
    { deployment: { launch_type: "EC2" }, flowRun: { cpu: 512 } },
    "/registerTaskDefinition/containerDefinitions/0/cpu",
    "flow run: job variable cpu",
  ],
  [
    "a label that AWS takes under another name",
    { deployment: { labels: { "a  b": "1" } } },
    "/runTask/tags/11",
    "deployment: job variable labels of nightly",
  ],
  [
    "a log option",
    {
      deployment: {
        configure_cloudwatch_logs: true,
        execution_role_arn: "arn:aws:iam::123456789012:role/e",
      },
      flowRun: { cloudwatch_logs_options: { "awslogs-group": "g" } },
    },
    "/registerTaskDefinition/containerDefinitions/0/logConfiguration/options/awslogs-group",
    "flow run: job variable cloudwatch_logs_options",
  ],
  [
    "a secret",
    { deployment: { prefect_api_key_secret_arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:k" } },
    "/registerTaskDefinition/containerDefinitions/0/secrets/0",
    "deployment: job variable prefect_api_key_secret_arn of nightly",
  ],
  [
    "a variable of the deployment beside one of the run",
    { deployment: { env: { A: "1", B: "1" } }, flowRun: { env: { B: "2" } } },
    "/runTask/overrides/containerOverrides/0/environment/7",
    "deployment: job variable env of nightly",
  ],
  [
    "a variable of the run beside one of the deployment",
    { deployment: { env: { A: "1", B: "1" } }, flowRun: { env: { B: "2" } } },
    "/runTask/overrides/containerOverrides/0/environment/8",
    "flow run: job variable env",
  ],
  [
    "a variable with a dot",
    { deployment: { env: { A: "1" } }, flowRun: { "env.B": "2" } },
    "/runTask/overrides/containerOverrides/0/environment/7",
    "flow run: job variable env",
  ],
  [
    "a template in JSON text",
    { configuration: { task_definition: '{"containerDefinitions":[{"name":"prefect"}],"family":"f"}' } },
    "/registerTaskDefinition/family",
    "template: base job template of work pool ecs-pool",
  ],
  [
    "what a template in JSON text leaves out",
    { configuration: { task_definition: '{"containerDefinitions":[{"name":"prefect"}],"family":"f"}' } },
    "/registerTaskDefinition/memory",
    "default: worker",
  ],
];

for (const [what, input, pointer, expected] of MADE) {
  Deno.test(`sources: given ${what}, when a plan is asked, then ${pointer} comes from ${expected}`, () => {
    const source = planWith(input).sources()[pointer];

    assert.equal(`${source?.from}: ${source?.name}`, expected);
  });
}
