/**
 * `explain worker` against a real Prefect 3.9.1 server and the local ECS: what it prints is what the worker then sends.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Explanation } from "../../../schemas/ecs/explanation.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { defaultBaseJobTemplate } from "../../../flavours/ecs_worker/template/default_base_job_template.ts";
import { startAgent } from "../support/agent_process.ts";
import { POOL_VARIABLES, type Prefect3Site } from "../support/prefect3_site.ts";
import { prefect3Test } from "../support/prefect3_test.ts";
import { until } from "../support/process.ts";

const POOL = "Data (EU) #2";
const SECRET = "s3cret-of-the-block";

async function explain(
  { environment }: Prefect3Site,
  words: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const child = startAgent(["explain", "worker", "--pool", POOL, "--name", "one", ...words], environment);
  return { code: await child.exited, output: child.output() };
}

/** A pool, a secret block, a Prefect variable, and a deployment that names both. @returns the run of it */
async function prepared({ server }: Prefect3Site): Promise<{ readonly run: string; readonly title: string }> {
  await server.ask("POST", "/work_pools/", {
    name: POOL,
    type: "ecs",
    base_job_template: defaultBaseJobTemplate,
  });
  await server.ask("POST", "/variables/", { name: "team", value: "data" });
  const types = await server.ask("GET", "/block_types/slug/secret") as JsonObject;
  const [schema] = await server.ask("POST", "/block_schemas/filter", {
    block_schemas: { block_type_id: { any_: [types["id"] ?? ""] } },
  }) as JsonObject[];
  await server.ask("POST", "/block_documents/", {
    name: "token",
    data: { value: SECRET },
    block_type_id: types["id"] ?? "",
    block_schema_id: schema?.["id"] ?? "",
  });
  const deployment = await server.deploy("greet", POOL, {
    name: "demo",
    job_variables: {
      ...POOL_VARIABLES,
      env: { TOKEN: "{{ prefect.blocks.secret.token }}", LEVEL: "info" },
      labels: { team: "{{ prefect.variables.team }}" },
    },
  });
  const run = await server.createRun(deployment, { job_variables: { cpu: 512, memory: 1024 } });
  return { run, title: "greet/demo" };
}

/** What a worker may change in a run. */
function stored(row: Json): JsonObject {
  const run = row as JsonObject;
  const names = ["updated", "state", "labels", "infrastructure_pid", "job_variables"];
  return Object.fromEntries(names.map((name) => [name, run[name]]));
}

function sourcesOf({ requests }: Explanation): ReadonlyMap<string, string> {
  return new Map(
    requests.flatMap(({ operation, fields }) =>
      fields.map(({ path, source }) => [`${operation} ${path}`, `${source.from}: ${source.name}`] as const)
    ),
  );
}

function valuesOf({ requests }: Explanation, wanted: string): ReadonlyMap<string, Json> {
  return new Map(
    requests.filter(({ operation }) => operation === wanted)
      .flatMap(({ fields }) => fields.map(({ path, value }) => [path, value] as const)),
  );
}

/** Every value of a request that was sent is one that was explained, or hidden. */
function assertExplained(sent: JsonObject, explained: ReadonlyMap<string, Json>): void {
  const texts = [...explained.values()].flat().map(String);
  const visit = (value: Json | undefined, path: string): void => {
    if (isJsonObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (!["environment", "clientToken", "startedBy", "name", "key", "taskDefinition"].includes(name)) {
          visit(inner, `${path}.${name}`);
        }
      }
    } else if (Array.isArray(value)) value.forEach((inner) => visit(inner, path));
    else assert.ok(texts.includes(String(value)), `${path} ${value}`);
  };
  visit(sent, "");
}

prefect3Test({
  name:
    "explain worker: given a deployment and a flow run of it, when explained, then nothing is claimed or launched, and the worker then sends what was printed",
  work: async (site) => {
    const { server } = site;
    const { run, title } = await prepared(site);
    const before = stored(await server.ask("GET", `/flow_runs/${run}`));

    const ofDeployment = await explain(site, ["--deployment", title]);
    const ofRun = await explain(site, ["--deployment", title, "--flow-run", run, "--json"]);

    assert.equal(ofDeployment.code, 0, ofDeployment.output);
    assert.match(ofDeployment.output, /^A new flow run of flow greet, as worker start would launch it/m);
    assert.match(ofDeployment.output, /^ +cpu +256 +deployment: job variable cpu of demo$/m);
    assert.equal(ofRun.code, 0, ofRun.output);
    assert.ok(![ofDeployment, ofRun].some(({ output }) => output.includes(SECRET)));
    const explanation: Explanation = JSON.parse(ofRun.output);
    const sources = sourcesOf(explanation);
    const container = "RunTask overrides.containerOverrides[prefect]";
    assert.equal(sources.get("RegisterTaskDefinition cpu"), "flow run: job variable cpu");
    assert.match(sources.get(`${container}.environment[TOKEN]`) ?? "", /^block: block secret\/token/);
    assert.equal(sources.get(`${container}.environment[LEVEL]`), "deployment: job variable env of demo");
    assert.match(sources.get("RunTask tags[team]") ?? "", /^variable: Prefect variable team/);
    assert.deepEqual(stored(await server.ask("GET", `/flow_runs/${run}`)), before);
    assert.deepEqual(site.aws.filter(({ operation }) => !operation.startsWith("Describe")), []);

    const worker = site.startWorker(["--pool", POOL, "--name", "one"]);
    const launched = await until(
      () => Promise.resolve(site.launches(run)[0]),
      () => worker.output().slice(-3000),
    );
    assertExplained(JSON.parse(launched.body), valuesOf(explanation, "RunTask"));
    const registered = site.aws.find(({ operation }) => operation === "RegisterTaskDefinition");
    const { tags: _tags, ...members } = JSON.parse(registered?.body ?? "{}");
    assertExplained(members, valuesOf(explanation, "RegisterTaskDefinition"));
    worker.signal("SIGTERM");
    assert.equal(await worker.exited, 0);
  },
});

prefect3Test({
  name:
    "explain worker: given an unknown pool, deployment or flow run, when explained, then one sentence names what is accepted",
  work: async (site) => {
    const { title } = await prepared(site);
    const unknown = "33333333-3333-4333-8333-333333333333";

    const answers = [
      await explain(site, ["--pool", "other", "--deployment", title]),
      await explain(site, ["--deployment", "greet/nope"]),
      await explain(site, ["--flow-run", unknown]),
    ];

    assert.deepEqual(answers.map(({ code }) => code), [1, 1, 1]);
    const told = answers.map(({ output }) => output.trim());
    assert.match(told[0] ?? "", /^Work pool 'other' does not exist: .* one of 'Data \(EU\) #2'$/);
    assert.match(told[1] ?? "", /^Deployment 'greet\/nope' does not exist: .* one of 'greet\/demo'$/);
    assert.match(told[2] ?? "", /^Flow run 3{8}-.* does not exist: give --flow-run the id of a flow run of /);
    assert.deepEqual(site.aws, []);
  },
});
