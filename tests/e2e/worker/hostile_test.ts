/**
 * Hostile servers and deployments: the worker neither ends nor holds back other runs, and never reads parameters as numbers.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultBaseJobTemplate } from "../../../flavours/ecs_worker/template/default_base_job_template.ts";
import type { ApiAnswer } from "../../../actors/prefect3/api.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { answerOf } from "../../support/prefect3/world.ts";
import { until } from "../support/process.ts";
import {
  SITE_POOL,
  siteDeployment,
  sitePool,
  withWorkerSite,
  type WorkerSite,
} from "../support/prefect3_api.ts";

const CONTROLS = "\u0000\u0007\u001b[31m\r\n\u202e\ud83d\u2028";
const LONG = "n".repeat(300);

function nested(levels: number, inner: Json = 1): Json {
  let value = inner;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Job variables as hostile as a server takes them; raw: the text in place of JSON that a parser would make. */
const VARIABLES: readonly (readonly [what: string, raw: string])[] = [
  ["deep nesting", JSON.stringify({ env: { A: nested(200) } })],
  ["very deep nesting", `{"env": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ["NaN", '{"cpu": NaN, "image": "example/flow:1"}'],
  ["infinite numbers", '{"cpu": 1e999, "memory": -1e999}'],
  ["integers beyond 2^53", '{"cpu": 9007199254740993, "env": {"A": 123456789012345678901234567890}}'],
  [
    "control characters",
    JSON.stringify({ image: CONTROLS, family: CONTROLS, env: { [CONTROLS]: CONTROLS } }),
  ],
  ["300 character names", JSON.stringify({ [LONG]: LONG, labels: { [LONG]: LONG }, env: { [LONG]: "x" } })],
  ["a million characters", JSON.stringify({ env: { A: "x".repeat(1_000_000) } })],
  [
    "ten thousand variables",
    JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`v${at}`, at]))),
  ],
  [
    "names of prototypes",
    '{"__proto__": {"cpu": 1}, "constructor": {"prototype": {}}, "env": {"__proto__": "x"}}',
  ],
  [
    "placeholders that name each other",
    JSON.stringify({ image: "{{ image }}", family: "{{ family }}{{ image }}" }),
  ],
  [
    "a value that grows",
    JSON.stringify({
      env: Object.fromEntries(
        Array.from({ length: 400 }, (_, at) => [`E${at}`, "{{ prefect.variables.big }}".repeat(40)]),
      ),
    }),
  ],
  ["dotted names without end", JSON.stringify({ [Array(500).fill("a").join(".")]: 1, "env.A.B": 1, env: 1 })],
];

/** Deployments whose rows hold raw text: no JSON that this program makes could say it. */
function serve(site: WorkerSite, rows: ReadonlyMap<string, string>, pool: JsonObject = sitePool()): void {
  for (const id of rows.keys()) site.world.deploymentRows.set(id, siteDeployment(id, {}));
  site.override = (method, path, body) => {
    if (method === "GET" && path === `/work_pools/${SITE_POOL}`) return answerOf(200, pool);
    if (path === "/variables/name/big") return answerOf(200, { name: "big", value: "x".repeat(100_000) });
    if (path !== "/deployments/filter") return undefined;
    const asked = JSON.stringify(body);
    const found = [...rows].filter(([id]) => asked.includes(`"${id}"`)).map(([, text]) => text);
    return textAnswer(`[${found.join(",")}]`);
  };
}

function textAnswer(text: string): ApiAnswer {
  return { status: 200, body: null, text };
}

function rowText(id: string, raw: string, name = "demo"): string {
  const row = JSON.stringify(siteDeployment(id, "VARIABLES", { name }));
  return row.replace('"VARIABLES"', () => raw);
}

/** No fault of the program, no trace of one, and no character that a terminal obeys. */
function assertCalm(output: string): void {
  assert.doesNotMatch(output.replaceAll("\n", " "), /\p{Cc}|\u202e|Unexpected fault| {4}at /u);
}

async function launchedBeside(site: WorkerSite, hostile: ReadonlyMap<string, string>, pool?: JsonObject) {
  const rows = new Map([...hostile, ["good", rowText("good", '{"image": "example/flow:1"}')]]);
  serve(site, rows, pool);
  const bad = [...hostile.keys()].map((deployment) => site.world.schedule({ deployment }).id);
  const good = site.world.schedule({ deployment: "good" }).id;
  const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--name", "w", "--run-once"]);
  const code = await worker.exited;
  return { code, output: worker.output(), bad, good };
}

for (const [what, raw] of VARIABLES) {
  Deno.test(`worker: given a deployment with ${what} beside a good one, when both are due, then the good one is launched and the worker ends well`, async () => {
    await withWorkerSite(async (site) => {
      const { code, output, good, bad } = await launchedBeside(site, new Map([["bad", rowText("bad", raw)]]));

      assert.match(site.world.run(good).pid ?? "none", /::arn:aws:ecs:/, output.slice(-3000));
      assert.equal(code, 0, output.slice(-3000));
      assertCalm(output);
      const state = site.world.run(bad[0] ?? "").state["type"];
      assert.ok(["CRASHED", "PENDING", "SCHEDULED"].includes(String(state)), String(state));
    });
  });
}

/** Templates as hostile as a pool may have them. */
const TEMPLATES: readonly (readonly [what: string, template: Json])[] = [
  ["a huge description", { ...defaultBaseJobTemplate, description: "x".repeat(2_000_000) }],
  ["ten thousand members", {
    ...defaultBaseJobTemplate,
    job_configuration: {
      ...mapping(defaultBaseJobTemplate["job_configuration"]),
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`m${at}`, "{{ image }}"])),
    },
  }],
  ["no configuration", { job_configuration: null, variables: [] }],
  ["lists for mappings", { job_configuration: [], variables: 3 }],
  ["200 levels", { ...defaultBaseJobTemplate, job_configuration: nested(200) }],
];

/** Templates that are not taken at all, with what is said of them. */
const REFUSED: readonly (readonly [what: string, template: Json, told: RegExp])[] = [
  ["201 levels", { ...defaultBaseJobTemplate, more: nested(200) }, /nests deeper than 200 levels/],
  ["5000 levels", { ...defaultBaseJobTemplate, variables: nested(5000) }, /nests deeper than 200 levels/],
  [
    "fifty thousand values",
    { ...defaultBaseJobTemplate, more: Array(50_000).fill(1) },
    /has \d+ values \(at most 40000 are accepted\)/,
  ],
  [
    "5 MB of text",
    { ...defaultBaseJobTemplate, description: "x".repeat(5_000_000) },
    /has \d+ characters \(at most 2097152 are accepted\)/,
  ],
  ["the form of a list", [{}], /is a list, but must be a mapping/],
  ["the form of text", "{}", /is text, but must be a mapping/],
  ["the form of a number", 7, /is a number, but must be a mapping/],
];

for (const [what, template, told] of REFUSED) {
  Deno.test(`worker: given a pool whose template has ${what}, when a run is due, then one line names pool and member, the run is Crashed with run and limit, and the worker ends well`, async () => {
    await withWorkerSite(async (site) => {
      const pool = { ...sitePool(), base_job_template: template };

      const { code, output, good } = await launchedBeside(site, new Map(), pool);

      const { state } = site.world.run(good);
      assert.equal(code, 0, output.slice(-3000));
      assert.equal(state["type"], "CRASHED");
      const message = String(state["message"]);
      assert.ok(message.includes(`flow run ${good}: base_job_template of work pool ${SITE_POOL}`), message);
      assert.match(message, told);
      const line = `The member base_job_template of work pool '${SITE_POOL}'`;
      assert.equal(output.split(line).length, 2, output.slice(-3000));
      assertCalm(output);
    });
  });
}

/** Rows of a pool that cannot be read, with what is said of them. */
const UNREADABLE: readonly (readonly [what: string, row: string, told: RegExp])[] = [
  ["a list", "[]", /it is a list, but must be a mapping/],
  ["without an id", JSON.stringify({ ...sitePool(), id: null }), /member id is null/],
  ["of no type", JSON.stringify({ ...sitePool(), type: 3 }), /member type is a number/],
  ["paused by text", JSON.stringify({ ...sitePool(), is_paused: "no" }), /member is_paused has 2 characters/],
  ["of a million values", `[${"[],".repeat(500_000)}[]]`, /too many values \(at most 700000/],
  ["of 9 MB", JSON.stringify({ ...sitePool(), more: "x".repeat(9_000_000) }), /more than 8388608 bytes/],
  [
    "of 100 000 levels",
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    /it is a list, but must be a mapping/,
  ],
];

for (const [what, row, told] of UNREADABLE) {
  Deno.test(`worker: given a pool whose row is ${what}, when the worker starts, then one line says so at once, and SIGTERM ends it`, async () => {
    await withWorkerSite(async (site) => {
      site.override = (method, path) =>
        method === "GET" && path === `/work_pools/${SITE_POOL}` ? textAnswer(row) : undefined;
      const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--run-once"]);

      await until(() => worker.output().includes("cannot be read") || undefined, worker.output);
      worker.signal("SIGTERM");
      const code = await worker.exited;

      assert.equal(code, 0, worker.output().slice(-3000));
      const lines = worker.output().split("\n").filter((line) => line.includes("cannot be read"));
      assert.equal(lines.length, 1, worker.output().slice(-3000));
      assert.match(lines[0] ?? "", new RegExp(`Work pool '${SITE_POOL}' cannot be read`));
      assert.match(lines[0] ?? "", told);
      assertCalm(worker.output());
    });
  });
}

for (const [what, template] of TEMPLATES) {
  Deno.test(`worker: given a pool whose template has ${what}, when a run is due, then it has its task or its reason and the worker ends well`, async () => {
    await withWorkerSite(async (site) => {
      const pool = sitePool({ base_job_template: template });

      const { code, output, good } = await launchedBeside(site, new Map(), pool);

      const { state, pid } = site.world.run(good);
      assert.ok(
        pid !== null || state["type"] === "CRASHED" || /is not a work pool/.test(output),
        output.slice(-3000),
      );
      assert.equal(code, 0, output.slice(-3000));
      assertCalm(output);
    });
  });
}

/** Values that a server may send for anything. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4, noUnicodeString: false }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(
    CONTROLS,
    LONG,
    2 ** 53 + 2,
    nested(80),
    "{{ image }}",
    "{{ $HOME }}",
    "{{ prefect.blocks.a.b }}",
  ),
);

const variableNames = fc.constantFrom(
  ...Object.keys(mapping(mapping(defaultBaseJobTemplate["variables"])["properties"])),
  "env.A",
  "labels.x",
  CONTROLS,
  LONG,
);

Deno.test("worker: given generated job variables of many deployments, when their runs are due, then each has a task or one reason, the good one its task, and the worker ends well", async () => {
  const generated = fc.sample(fc.dictionary(variableNames, anything, { maxKeys: 5 }), {
    numRuns: 100,
    seed: 14,
  });
  await withWorkerSite(async (site) => {
    const hostile = new Map(
      generated.map((
        variables,
        at,
      ) => [`bad-${at}`, rowText(`bad-${at}`, JSON.stringify(variables), `${at}${CONTROLS}`)]),
    );

    const { code, output, good, bad } = await launchedBeside(site, hostile);

    assert.match(site.world.run(good).pid ?? "none", /::arn:aws:ecs:/, output.slice(-3000));
    for (const [at, id] of bad.entries()) {
      const { state, pid } = site.world.run(id);
      const what = JSON.stringify(generated[at]);
      assert.ok(pid !== null || state["type"] === "CRASHED", `${what}: ${state["type"]} ${state["message"]}`);
      if (pid === null) assert.match(String(state["message"]), /\S{3}/, what);
    }
    assert.equal(code, 0, output.slice(-3000));
    assertCalm(output);
  });
});

Deno.test("worker: given numbers beyond 2^53 and parameters of a run, when it is launched, then they are sent as they were written and parameters are written nowhere", async () => {
  await withWorkerSite(async (site) => {
    const raw = '{"image": "example/flow:1", "env": {"BIG": 12345678901234567890, "FLOAT": 1.10}}';
    const numbers = new Map([["numbers", rowText("numbers", raw)]]);

    const { bad, output } = await launchedBeside(site, numbers);

    const launch = site.aws.find(({ operation, body }) =>
      operation === "RunTask" && body.includes(bad[0] ?? "-")
    );
    assert.ok(launch !== undefined, output.slice(-3000));
    assert.match(launch.body, /"name":"BIG","value":"12345678901234567890"/);
    assert.match(launch.body, /"name":"FLOAT","value":"1\.1"/);
    const sent = site.world.asked.filter(({ method, body }) =>
      method !== "GET" && /"parameters"/.test(JSON.stringify(body ?? null))
    );
    assert.deepEqual(sent, []);
  });
});

Deno.test("worker: given rows of runs that are no rows, when the queue is polled, then each is one line at most and the good run is launched", async () => {
  await withWorkerSite(async (site) => {
    serve(site, new Map([["good", rowText("good", '{"image": "example/flow:1"}')]]));
    const good = site.world.schedule({ deployment: "good" }).id;
    const before = site.override;
    site.override = (method, path, body) => {
      if (!path.endsWith("get_scheduled_flow_runs")) return before(method, path, body);
      const row = JSON.stringify({ flow_run: site.world.rowOf(site.world.run(good)) });
      const strange = [
        "null",
        "3",
        "[]",
        "{}",
        `{"flow_run": {"id": ${JSON.stringify(LONG)}}}`,
        `{"flow_run": {"id": "x", "name": ${JSON.stringify(CONTROLS)}, "job_variables": ${"[".repeat(2000)}${
          "]".repeat(2000)
        }}}`,
      ];
      return textAnswer(`[${[...strange, row].join(",")}]`);
    };

    const worker = site.start(["worker", "start", "--pool", SITE_POOL, "--run-once"]);

    assert.equal(await worker.exited, 0, worker.output().slice(-3000));
    assert.match(site.world.run(good).pid ?? "none", /::arn:aws:ecs:/, worker.output().slice(-3000));
    assert.ok(worker.output().split("\n").filter((line) => /cannot be read/.test(line)).length <= 6);
  });
});
