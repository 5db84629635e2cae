/**
 * The legacy task environment over every recorded case; FIX rows by name.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  executeTaskEnvironment,
  setupTaskEnvironment,
} from "../../../../commands/wiring/fargate/run_task_environment.ts";
import { loadConfig } from "../../../../schemas/prefect1/config/config.ts";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { listItems, mappings } from "../../../../schemas/json/shape.ts";
import { storageImage } from "../../../../schemas/prefect1/docker_image.ts";
import {
  renderDefinition,
  type RenderInput,
  taskEnvironmentSettings,
} from "../../../../flavours/task_environment/requests.ts";
import { parseTaskEnvironment } from "../../../../flavours/task_environment/options.ts";
import { assertSameRequest } from "../../../support/flavour.ts";
import { someFlowRun } from "../../../support/flow_run.ts";
import { at, type GoldenCase, goldenCases, goldenPython } from "../../../support/goldens/golden.ts";
import { goldenEcs } from "../../../support/goldens/golden_ecs.ts";

const FLOW_RUN = "f00dcafe-0000-4000-8000-000000000001";
const { signal } = new AbortController();

interface Outcome {
  readonly ok: boolean;
  readonly message: string;
}

interface Ran {
  readonly outcomes: readonly Outcome[];
  readonly registered: readonly JsonObject[];
  readonly runTask: readonly JsonObject[];
}

async function run(json: JsonObject): Promise<Ran> {
  const fake = goldenEcs(at(json, "aws_before"));
  const runId = at(json, "context").flow_run_id;
  const flowRunId = typeof runId === "string" ? runId : null;
  const deps = { ...fake, pause: () => Promise.resolve(), newToken: () => "token" };
  const outcomes: Outcome[] = [];
  for (const step of listItems(json.steps)) {
    const work = async () => {
      const input = inputOf(json);
      if (step === "setup") await setupTaskEnvironment(input, deps, signal);
      else await executeTaskEnvironment({ ...input, flowRunId }, deps, signal);
    };
    outcomes.push(
      await work().then(
        () => ({ ok: true, message: "" }),
        (e) => ({ ok: false, message: toFailure(e).message }),
      ),
    );
  }
  return { outcomes, registered: fake.registered, runTask: fake.runTask };
}

function inputOf(json: JsonObject): RenderInput {
  const env = Object.fromEntries(Object.entries(at(json, "agent", "env")).map(([k, v]) => [k, String(v)]));
  const given = new Map(
    Object.entries(at(json, "agent", "kwargs")).map(([name, value]) =>
      [name, { value: goldenPython(value ?? null), source: { from: "file", name: "kwargs" } }] as const
    ),
  );
  const storage = at(json, "flow", "storage");
  const image = storageImage(someFlowRun({ flow: { storage } }))?.image ?? null;
  const coreVersion = /prefect (\S+)/.exec(String(json.source))?.[1] ?? null;
  return {
    environment: parseTaskEnvironment({ given, env }),
    flow: { name: String(at(json, "flow").name), image, coreVersion },
    settings: taskEnvironmentSettings(loadConfig(env, () => null)),
  };
}

for (const golden of goldenCases("fargate/task_environment")) {
  Deno.test(`task environment: given ${golden.id}, when its steps run, then the recorded calls are made`, async () => {
    const ran = await run(golden.json);

    if (golden.quirks.length > 0) judgeQuirk(ran);
    else judge(golden, ran);
  });
}

function judgeQuirk({ outcomes }: Ran): void {
  for (const { ok, message } of outcomes) assert.ok(ok || message !== "");
}

function judge({ json }: GoldenCase, ran: Ran): void {
  const expect = at(json, "expect");
  for (const [index, recorded] of mappings(expect.results).entries()) {
    const message = at(recorded, "error").message;
    assert.equal(ran.outcomes[index]?.ok, message === undefined, ran.outcomes[index]?.message);
    if (typeof message === "string" && !/^Parameter validation|TaskDefinition not found/.test(message)) {
      assert.equal(withoutVariables(ran.outcomes[index]?.message ?? ""), withoutVariables(message));
    }
  }
  // With aws_valid false a real client refuses before it sends.
  if (json.aws_valid === false) return;
  const registered = mappings(expect.registered);
  assert.equal(ran.registered.length, registered.length);
  registered.forEach((recorded, index) => assertSameRequest(ran.registered[index], recorded));
  mappings(expect.run_task).forEach((recorded, index) => {
    const { clientToken, startedBy, ...sent } = ran.runTask[index] ?? {};
    assert.equal(clientToken, "token");
    assertSameRequest("startedBy" in recorded ? { ...sent, startedBy } : sent, recorded);
  });
}

// The original prints the values of variables, ours only their names; ours says what to do about a missing image.
function withoutVariables(message: string): string {
  return message.replace(/(\.environment -> ).*/g, "$1…").replace(/ Give one as metadata=.*/, "");
}

const base: JsonObject = {
  source: "prefect 0.14.22",
  flow: { name: "etl", storage: { type: "Docker", registry_url: null, image_name: "etl", image_tag: "v1" } },
  steps: ["setup", "execute"],
  context: { flow_run_id: FLOW_RUN },
};

function withKwargs(kwargs: JsonObject, rest: JsonObject = {}): JsonObject {
  return { ...base, ...rest, agent: { kwargs } };
}

Deno.test("F-TE-FAMILY: given only one of family and taskDefinition, when run, then it stands for both", async () => {
  for (const kwargs of [{ family: "my-task" }, { taskDefinition: "my-task" }]) {
    const { outcomes, registered, runTask } = await run(withKwargs(kwargs));

    assert.deepEqual(outcomes.map(({ ok }) => ok), [true, true]);
    assert.equal(registered[0]?.family, "my-task");
    assert.equal(runTask[0]?.taskDefinition, "my-task");
  }
});

Deno.test("F-TE-FAMILY: given two families that differ, when run, then both are named and nothing is sent", async () => {
  const { outcomes, registered, runTask } = await run(withKwargs({ family: "a", taskDefinition: "b" }));

  for (const { message } of outcomes) assert.match(message, /register a and run b/);
  assert.deepEqual([registered, runTask], [[], []]);
});

Deno.test("F-TE-FAMILY: given a revision of the same family, when run, then it is run as given", async () => {
  const kwargs = { family: "my-task", taskDefinition: "my-task:1" };

  const { runTask } = await run(withKwargs(kwargs));

  assert.equal(runTask[0]?.taskDefinition, "my-task:1");
});

Deno.test("F-TE-SHARED-LIST, F-DUP-ENV: given containers, when rendered twice, then each variable stands once", () => {
  const environment = [{ name: "A", value: "b" }, { name: "PREFECT__CLOUD__GRAPHQL", value: "mine" }];
  const input = inputOf(withKwargs({ family: "f", containerDefinitions: [{ name: "x", environment }] }));

  const [first, second] = [renderDefinition(input), renderDefinition(input)];

  assert.deepEqual(first, second);
  const names = mappings(mappings(second?.containerDefinitions)[0]?.environment).map((entry) => entry.name);
  assert.equal(new Set(names).size, names.length);
});

Deno.test("F-TE-CONTAINERDEFS-SHAPE: given an object in place of the list, when run, then the argument is named", async () => {
  for (
    const containerDefinitions of [{ name: "x" }, ["x"], [{ environment: ["A=b"] }], [{ environment: "A" }]]
  ) {
    const { outcomes, runTask } = await run(withKwargs({ family: "f", containerDefinitions }));

    assert.match(outcomes[0]?.message ?? "", /Cannot use containerDefinitions: /);
    assert.deepEqual(runTask, []);
  }
});

Deno.test("F-TE-CONTAINER-COUNT: given a container more than exists, when set up, then the counts are told", async () => {
  const kwargs = { family: "f", containerDefinitions: [{}, { name: "side", image: "side:1" }] };
  const one = inputOf(withKwargs({ family: "f" }));
  const existing = { ...renderDefinition(one), revision: 1, status: "ACTIVE" };

  const { outcomes } = await run(withKwargs(kwargs, { aws_before: { task_definitions: [existing] } }));

  assert.match(outcomes[0]?.message ?? "", /containerDefinitions -> Given: 2 containers, Expected: 1/);
});

Deno.test("F-TE-TAGS-COMPARE: given tags the definition has, when set up, then nothing differs; else they are told", async () => {
  const kwargs = { family: "f", tags: [{ key: "team", value: "data" }] };
  const rendered = renderDefinition(inputOf(withKwargs(kwargs)));
  const before = (value: string) => ({
    aws_before: {
      task_definitions: [{ ...rendered, tags: [{ key: "team", value }], revision: 1, status: "ACTIVE" }],
    },
  });

  const same = await run(withKwargs(kwargs, before("data")));
  const other = await run(withKwargs(kwargs, before("ops")));

  assert.equal(same.outcomes[0]?.ok, true);
  assert.match(
    other.outcomes[0]?.message ?? "",
    /tags -> Given: \[\{'key': 'team', 'value': 'data'\}\], Expected: .*ops/,
  );
});

Deno.test("comparison: given other variables, when set up, then their names are told and no value", async () => {
  const container = (value: string) => [{ environment: [{ name: "PASSWORD", value }] }];
  const existing = renderDefinition(
    inputOf(withKwargs({ family: "f", containerDefinitions: container("hush-old") })),
  );
  const before = { aws_before: { task_definitions: [{ ...existing, revision: 1, status: "ACTIVE" }] } };

  const { outcomes } = await run(
    withKwargs({ family: "f", containerDefinitions: container("hush-new") }, before),
  );

  assert.match(outcomes[0]?.message ?? "", /flow-container\.environment -> .*PASSWORD/);
  assert.doesNotMatch(outcomes[0]?.message ?? "", /hush/);
});

Deno.test("F-CPU-TYPE: given whole numbers, when rendered, then they are text; fractions are refused", async () => {
  const { registered } = await run(withKwargs({ family: "f", cpu: 256, memory: 512 }));
  const { outcomes } = await run(withKwargs({ family: "f", cpu: 0.5 }));

  assert.deepEqual([registered[0]?.cpu, registered[0]?.memory], ["256", "512"]);
  assert.match(outcomes[0]?.message ?? "", /Cannot use cpu/);
});

Deno.test("F-RUN-FAILURES: given a refused placement, when executed, then every reason is told", async () => {
  const { outcomes } = await run(
    withKwargs({ family: "f" }, { aws_before: { run_task_failures: [{ reason: "RESOURCE:CPU" }] } }),
  );

  assert.match(outcomes[1]?.message ?? "", /Failed to start task for flow run f00dcafe.*RESOURCE:CPU/);
});

Deno.test("F-DESCRIBE-ANY-ERROR: given a denied describe, when set up, then nothing is registered", async () => {
  const denied = [{ code: "AccessDeniedException", message: "no", always: true }];
  const before = { aws_before: { errors: { "ecs.describe_task_definition": denied } } };

  const { outcomes, registered } = await run(withKwargs({ family: "f" }, before));

  assert.match(outcomes[0]?.message ?? "", /AccessDeniedException/);
  assert.deepEqual(registered, []);
});

Deno.test("F-UNKNOWN-KWARG: given arguments AWS does not get, when parsed, then each is named", () => {
  const { environment } = inputOf(withKwargs({ family: "f", region: "us-east-1", labels: ["a"] }));

  assert.equal(environment.warnings.length, 1);
  assert.match(environment.warnings[0] ?? "", /Ignored region/);
});

Deno.test("F-API-KEY: given an API key, when executed, then key and tenant are passed", async () => {
  const env = { PREFECT__CLOUD__API_KEY: "FAKE-KEY", PREFECT__CLOUD__TENANT_ID: "t-1" };

  const { runTask } = await run({ ...base, agent: { kwargs: { family: "f" }, env } });

  const [override] = mappings(at(runTask[0] ?? {}, "overrides").containerOverrides);
  const variables = Object.fromEntries(
    mappings(override?.environment).map((entry) => [entry.name, entry.value]),
  );
  assert.equal(variables.PREFECT__CLOUD__API_KEY, "FAKE-KEY");
  assert.equal(variables.PREFECT__CLOUD__AUTH_TOKEN, "FAKE-KEY");
  assert.equal(variables.PREFECT__CLOUD__TENANT_ID, "t-1");
});

/** What `environment.metadata` and Docker storage say together. @see Prefect 0.14.22 utilities/storage.py */
const IMAGES: readonly (readonly [metadata: string, stored: string | null, expected: string | RegExp])[] = [
  ["{'image': 'meta:1'}", "stored:1", "meta:1"],
  ["{'image': ''}", "stored:1", "stored:1"],
  ["{'image': None}", "stored:1", "stored:1"],
  ["{'other': 1}", "stored:1", "stored:1"],
  ["{'image': ''}", null, /Storage for flow run etl is not of type Docker .* Give one as metadata=/],
  ["{'image': 5}", "stored:1", /metadata\.image must name an image/],
];

for (const [metadata, stored, expected] of IMAGES) {
  Deno.test(`task environment: given metadata ${metadata} and the stored image ${stored}, when rendered, then ${expected}`, () => {
    const source = { from: "flag", name: "pair" } as const;
    const given = new Map(
      Object.entries({ family: "f", metadata }).map(([name, value]) =>
        [name, { value: { kind: "str" as const, value }, source }] as const
      ),
    );
    const image = () =>
      mappings(
        renderDefinition({
          environment: parseTaskEnvironment({ given, env: {} }),
          flow: { name: "etl", image: stored, coreVersion: null },
          settings: taskEnvironmentSettings(loadConfig({}, () => null)),
        }).containerDefinitions,
      )[0]?.image;
    if (typeof expected === "string") assert.equal(image(), expected);
    else assert.throws(image, expected);
  });
}
