/**
 * What a worker that cannot work says and how it ends, and what becomes of flow runs that cannot be launched.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ApiAnswer } from "../../../actors/prefect3/api.ts";
import { defaultBaseJobTemplate } from "../../../flavours/ecs_worker/template/default_base_job_template.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { answerOf } from "../../support/prefect3/world.ts";
import {
  type Override,
  SITE_POOL,
  siteDeployment,
  sitePool,
  withWorkerSite,
  type WorkerSite,
} from "../support/prefect3_api.ts";

const POOL = `/work_pools/${SITE_POOL}`;

const servingPool = (over: JsonObject): Override => (method, path) =>
  method === "GET" && path === POOL ? answerOf(200, sitePool(over)) : undefined;

const everywhere = (answer: ApiAnswer): Override => () => answer;

/** Servers at which no worker can start: what it is given, and what it says. */
const STARTS: readonly {
  readonly what: string;
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly override?: Override;
  readonly says: readonly RegExp[];
}[] = [
  {
    what: "an absent pool that is not to be created",
    words: ["--pool", "absent", "--no-create-pool-if-not-found"],
    says: [/Work pool 'absent' does not exist/, /type 'ecs'/, /prefect work-pool create/],
  },
  {
    what: "an absent pool of a name that is the server's own",
    words: ["--pool", "prefect-pool"],
    says: [/Work pool 'prefect-pool' does not exist and cannot be created/, /type 'ecs'/],
  },
  {
    what: "a pool of another type",
    override: servingPool({ type: "kubernetes" }),
    says: [/Work pool 'pool' has the type 'kubernetes'/, /type 'ecs' only: name one with --pool/],
  },
  {
    what: "a push pool",
    override: servingPool({ type: "ecs:push" }),
    says: [/Work pool 'pool' has the type 'ecs:push': the server starts its flow runs itself/, /type 'ecs'/],
  },
  {
    what: "a managed pool",
    override: servingPool({ type: "prefect:managed" }),
    says: [/Work pool 'pool' has the type 'prefect:managed': the server starts its flow runs itself/],
  },
  {
    what: "a version of the API that the server refuses",
    override: everywhere(answerOf(400, { detail: "Unsupported API version 0.8.4; the server has 0.9.9" })),
    says: [/Work pool 'pool' cannot be used/, /0\.8\.4/, /PREFECT_API_URL/],
  },
  {
    what: "a refused key",
    env: { PREFECT_API_KEY: "pnu_s3cret" },
    override: everywhere(answerOf(401, { detail: "Invalid key pnu_s3cret" })),
    says: [/Work pool 'pool' cannot be used/, /PREFECT_API_KEY/],
  },
  {
    what: "a refused auth string",
    env: { PREFECT_API_AUTH_STRING: "admin:s3cret" },
    override: everywhere(answerOf(401, { exception_message: "Unauthorized" })),
    says: [/Work pool 'pool' cannot be used/, /PREFECT_API_AUTH_STRING/],
  },
  {
    what: "no region",
    env: { AWS_REGION: "", AWS_DEFAULT_REGION: "" },
    says: [/AWS_DEFAULT_REGION/, /AWS_REGION/],
  },
];

/** Lines that are no warning. */
function told(output: string): readonly string[] {
  return output.split("\n").filter((line) => !line.includes("] WARNING - "));
}

for (const { what, words = ["--pool", SITE_POOL], env = {}, override, says } of STARTS) {
  Deno.test(`worker start: given ${what}, when it starts, then it says so once, launches nothing and ends with 1`, async () => {
    await withWorkerSite(async (site) => {
      if (override !== undefined) site.override = override;
      site.world.schedule();

      const worker = site.start(["worker", "start", ...words], env);
      const code = await worker.exited;

      const output = worker.output();
      assert.equal(code, 1, output);
      for (const said of says) {
        assert.equal(told(output).filter((line) => said.test(line)).length, 1, `${said}\n${output}`);
      }
      assert.doesNotMatch(output, /s3cret|started!|stopped!|\n\s+at /);
      assert.ok(!site.requests.some((request) => /set_state|get_scheduled/.test(request)));
      assert.deepEqual(site.aws.filter(({ operation }) => /RunTask|Register/.test(operation)), []);
    });
  });
}

Deno.test("worker start: given an API that answers with a web page, when it starts, then one line asks for /api, and it works once the API answers", async () => {
  await withWorkerSite(async (site) => {
    let pages = 0;
    site.override = () => {
      pages += 1;
      return pages < 6 ? { status: 200, body: null, text: "<!doctype html><html></html>" } : undefined;
    };

    const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--run-once"]);

    assert.equal(await worker.exited, 0, worker.output());
    const lines = worker.output().split("\n").filter((line) => /is \/api missing|end in \/api/.test(line));
    assert.equal(lines.length, 1, worker.output());
  });
});

const CONFIGURATION = mapping(defaultBaseJobTemplate["job_configuration"]);

/** Configurations that cannot be launched: variables, and what the run's state says. */
const RUNS: readonly (readonly [what: string, variables: Json, says: RegExp])[] = [
  ["a text for the size", { cpu: "much" }, /overrides\.cpu must be a whole number of CPU units/],
  ["a size that Fargate does not have", { cpu: 333 }, /cpu is no size of Fargate: use 256, 512, 1024/],
  ["memory that Fargate does not have", { memory: 100 }, /memory is no size of Fargate: .* use 2048 to 8192/],
  ["a list for the environment", { env: ["A"] }, /env is a list, but must be a mapping/],
  ["a number as a label", { labels: { a: 1 } }, /labels\.a is a number, but must be text or null/],
  ["a block that is not there", { env: { A: "{{ prefect.blocks.secret.gone }}" } }, /block secret\/gone/],
  [
    "a block that is not there, by id",
    { aws_credentials: { $ref: { block_document_id: "b-1" } } },
    /block with id b-1/,
  ],
  ["a block without a name", { env: { A: "{{ prefect.blocks.secret }}" } }, /prefect\.blocks\.TYPE\.NAME/],
  ["half a key", { aws_credentials: { aws_access_key_id: "AKIA" } }, /aws_secret_access_key is missing/],
  ["a profile that is not there", { aws_credentials: { profile_name: "nobody" } }, /nobody/],
  ["a quote that is left open", { command: "sh -c 'oops" }, /command cannot be split into words/],
  ["a command that is too long", { command: `echo ${"x".repeat(9000)}` }, /8,?192/],
  ["a network without a VPC", { network_configuration: { subnets: ["subnet-1"] } }, /vpc_id must be set/],
  ["logs without a role", { configure_cloudwatch_logs: true }, /execution_role_arn must be set/],
  [
    "a word for a switch",
    { configure_cloudwatch_logs: "perhaps" },
    /configure_cloudwatch_logs .*true, false or null/,
  ],
];

/** Templates that cannot be used, by members of `job_configuration`. */
const TEMPLATES: readonly (readonly [what: string, configuration: JsonObject, says: RegExp])[] = [
  [
    "an unknown member of the definition",
    { task_definition: { ...mapping(CONFIGURATION["task_definition"]), wombat: 1 } },
    /wombat/,
  ],
  [
    "an unknown member of RunTask",
    { task_run_request: { ...mapping(CONFIGURATION["task_run_request"]), wombat: 1 } },
    /wombat/,
  ],
  ["no definition", { task_definition: null }, /task_definition is empty/],
];

interface Bad {
  readonly what: string;
  readonly says: RegExp;
  readonly runId: string;
}

function scheduled(site: WorkerSite, variables: Json, index: number): string {
  const id = `deployment-bad-${index}`;
  site.world.deploymentRows.set(id, siteDeployment(id, variables));
  return site.world.schedule({ deployment: id }).id;
}

function assertCrashed(site: WorkerSite, { what, says, runId }: Bad): void {
  const { type, message } = site.world.run(runId).state;
  assert.equal(type, "CRASHED", `${what}: ${type} ${message}`);
  assert.match(String(message), says, what);
  assert.ok(String(message).includes(runId), `${what}: ${message}`);
  const crashed = (site.world.history.get(runId) ?? []).filter((state) => state["type"] === "CRASHED");
  assert.equal(crashed.length, 1, what);
}

const isLaunch = ({ operation }: { readonly operation: string }) => /RunTask|RegisterTask/.test(operation);

Deno.test("worker: given flow runs that cannot be launched beside a good one, when it polls, then each is Crashed with one message, nothing of theirs is sent, and the good one is launched", async () => {
  await withWorkerSite(async (site) => {
    const bad = RUNS.map(([what, variables, says], index): Bad => ({
      what,
      says,
      runId: scheduled(site, variables, index),
    }));
    site.world.deploymentRows.set("good", siteDeployment("good", { image: "example/flow:1" }));
    const good = site.world.schedule({ deployment: "good" }).id;
    const vanished = site.world.schedule({ deployment: "deployment-vanished" }).id;

    const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--run-once"]);

    assert.equal(await worker.exited, 0, worker.output());
    for (const one of bad) assertCrashed(site, one);
    assert.equal(site.world.run(vanished).state["type"], "CANCELLED");
    assert.match(site.world.run(good).pid ?? "none", /::arn:aws:ecs:/);
    const launches = site.aws.filter(isLaunch);
    assert.deepEqual(launches.map(({ operation }) => operation).sort(), [
      "RegisterTaskDefinition",
      "RunTask",
    ]);
    assert.ok(launches.every(({ body }) => !bad.some(({ runId }) => body.includes(runId))));
  });
});

for (const [what, configuration, says] of TEMPLATES) {
  Deno.test(`worker: given a template with ${what}, when a run of it is due, then it is Crashed, AWS is not asked to launch, and the worker ends well`, async () => {
    await withWorkerSite(async (site) => {
      const template = {
        ...defaultBaseJobTemplate,
        job_configuration: { ...CONFIGURATION, ...configuration },
      };
      site.override = servingPool({ base_job_template: template });
      const runId = scheduled(site, { image: "example/flow:1" }, 0);

      const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--run-once"]);

      assert.equal(await worker.exited, 0, worker.output());
      assertCrashed(site, { what, says, runId });
      assert.deepEqual(site.aws.filter(isLaunch), []);
    });
  });
}
