/** `explain worker`: what it takes, and what it prints. @module */

import assert from "node:assert/strict";
import { checkPlan } from "../../actors/ecs/check_plan.ts";
import { planRun } from "../../commands/explain.ts";
import { withPlaceholder } from "../../commands/wiring/ecs/explain.ts";
import { workerFlavour } from "../../flavours/ecs_worker/flavour.ts";
import { ALLOW_ALL } from "../../schemas/ecs/allow/allow_lists.ts";
import { explainPlan, type Explanation } from "../../schemas/ecs/explanation.ts";
import { explanationLines } from "../../schemas/ecs/explanation_text.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import type { ReadSource } from "../../schemas/plan/source.ts";
import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { awsReadings } from "../support/prefect3/golden_aws.ts";
import {
  type GoldenCase,
  goldenReadings,
  goldenRun,
  goldenWorker,
  JOB_GROUPS,
  readGroup,
} from "../support/prefect3/golden_run.ts";
import { runWords } from "./support/command.ts";

const ENV = { HOME: "/nowhere", PREFECT_API_URL: "http://127.0.0.1:1/api" };
const RUN = "33333333-3333-4333-8333-333333333333";

/** Command lines that are refused before anything is sent, and the whole message. */
const REFUSED: readonly (readonly [words: string, env: Readonly<Record<string, string>>, message: RegExp])[] =
  [
    ["--deployment a/b", ENV, /^Missing option --pool \(-p\)/],
    ["--pool p --deployment a/b", { HOME: "/nowhere" }, /PREFECT_API_URL/],
    [
      "--pool p",
      ENV,
      /^Say which flow run to explain by --deployment FLOW\/DEPLOYMENT, by --flow-run ID, or by both$/,
    ],
    [
      "--pool p --deployment demo",
      ENV,
      /^Invalid value for '--deployment': 'demo' .* write FLOW\/DEPLOYMENT/,
    ],
    ["--pool p --deployment a/b/c", ENV, /^Invalid value for '--deployment': 'a\/b\/c' /],
    ["--pool p --deployment /b", ENV, /^Invalid value for '--deployment': '\/b' /],
    ["--pool p --flow-run 12", ENV, /^Invalid value for '--flow-run': '12' .* a UUID$/],
    [`--pool p --flow-run ${RUN}0`, ENV, /^Invalid value for '--flow-run': a word of 37 characters /],
    [
      "--pool p --flow-run-file run.json",
      ENV,
      /^Unknown option --flow-run-file of `explain worker`: did you mean --flow-run\?$/,
    ],
    ["--pool p --deployment", ENV, /^Missing value after option --deployment/],
    [
      "--pool p --deploymnet a/b",
      ENV,
      /^Unknown option --deploymnet of `explain worker`: did you mean --deployment\?$/,
    ],
    ["--pool p --deployment a/b --json=yes", ENV, /^Option --json does not take a value$/],
    ["--pool p --deployment a/b --type process", ENV, /--type/],
    ["--pool p --deployment a/b extra", ENV, /^Unexpected word 'extra' after `explain worker`/],
  ];

for (const [words, env, message] of REFUSED) {
  Deno.test(`explain worker: given \`${words}\`${env === ENV ? "" : " without an address"}, when run, then one message says what is accepted and the exit code is 2`, async () => {
    const ran = await runWords(["explain", "worker", ...words.split(" ")], env);

    assert.deepEqual([ran.code, ran.out], [2, ""]);
    assert.match(ran.err, message);
    assert.doesNotMatch(ran.err, /\n/);
  });
}

Deno.test("explain worker: given --help, when run, then its own options are listed with those of worker start", async () => {
  const { code, out } = await runWords(["explain", "worker", "--help"], ENV);

  assert.equal(code, 0);
  for (
    const option of ["--pool", "--deployment <FLOW/DEPLOYMENT>", "--flow-run <ID>", "--json", "--profile"]
  ) {
    assert.ok(out.includes(option), option);
  }
  assert.ok(!out.includes("--flow-run-file"));
});

function caseOf(id: string): GoldenCase {
  const found = JOB_GROUPS.flatMap(readGroup).find((golden) => golden.id === id);
  if (found === undefined) throw new Error(`no recorded case ${id}`);
  return found;
}

function reader(golden: GoldenCase): ReadSource {
  return (source) => {
    const readings = { ...goldenReadings(golden, [source]), ...awsReadings(golden, [source]) };
    const reading = readings[source.key];
    return reading === undefined ? Promise.reject(new Error("nobody expects it")) : Promise.resolve(reading);
  };
}

async function explained(golden: GoldenCase, read = reader(golden)): Promise<Explanation> {
  const { runId, flowName, ...planned } = await planRun({
    flavour: workerFlavour,
    options: { ...goldenWorker(golden), allow: ALLOW_ALL },
    warnings: [],
    dialect: {
      nameOf: ({ id, flowName }) => ({ runId: id, flowName: flowName ?? "" }),
      origins: () => new Map(),
    },
    platform: { check: checkPlan },
  }, {
    run: goldenRun(golden),
    reader: withPlaceholder(read),
    signal: new AbortController().signal,
    warnings: [],
  });
  const redact = makeRedactor();
  return explainPlan({ ...planned, run: { id: runId, flow: { name: flowName } }, redact });
}

/** What is printed for recorded cases. */
const PRINTED = new URL("../golden/explain_worker/", import.meta.url);

for (
  const id of [
    "env-flow-run-merge",
    "launch-type-ec2-cpu-memory",
    "cloudwatch-options",
    "network-config",
    "block-secret",
    "prefect-variable",
    "tdarn",
    "trr-tags-dict",
    "secret-both",
  ]
) {
  Deno.test(`explain worker: given the recorded case ${id}, when explained, then both requests are printed with the source of each field`, async () => {
    const lines = explanationLines(await explained(caseOf(id)));

    assert.equal(`${lines.join("\n")}\n`, await Deno.readTextFile(new URL(`${id}.txt`, PRINTED)));
  });
}

Deno.test("explain worker: given values of blocks and of the process, however short, when explained, then none is shown", async () => {
  const base = caseOf("block-secret");
  const golden: GoldenCase = {
    ...base,
    process_env: { CLUSTER: "c7" },
    blocks: [{
      id: "b",
      type: "json",
      name: "parts",
      data: { value: { family: "f 7", cpu: 4096, name: "n7" } },
    }],
    deployment: base.deployment && {
      ...base.deployment,
      job_variables: {
        image: "example/flow:1",
        family: "{{ prefect.blocks.json.parts.family }}",
        cpu: "{{ prefect.blocks.json.parts.cpu }}",
        memory: 8192,
        container_name: "{{ prefect.blocks.json.parts.name }}",
        cluster: "{{ $CLUSTER }}",
      },
    },
  };

  const explanation = await explained(golden);

  const text = explanationLines(explanation).join("\n");
  assert.doesNotMatch(text, /f-7|f 7|4096|\bn7\b|\bc7\b/);
  assert.match(text, /family +\(hidden\) +block: block json\/parts/);
  assert.match(text, /reuses the newest revision of family \(hidden\)/);
});

Deno.test("explain worker: given no access to AWS, when network and region are to be read, then placeholders stand for them and say so", async () => {
  const golden = caseOf("cloudwatch-options");
  const failing: ReadSource = () =>
    Promise.reject(new FailureError({ tag: "credentials", message: "No credentials" }));

  const { requests, warnings } = await explained(golden, failing);

  const fields = requests.flatMap(({ fields }) => fields);
  const valueOf = (end: string) => fields.find(({ path }) => path.endsWith(end))?.value;
  assert.deepEqual(valueOf(".subnets"), ["(subnets of the default VPC)"]);
  assert.equal(valueOf(".awslogs-region"), "(region)");
  assert.deepEqual(
    warnings.filter((warning) => warning.includes("as a placeholder: No credentials")).length,
    2,
  );
});

Deno.test("explain worker: given a network that is stated and a VPC that cannot be read, when explained, then it is shown as it is stated", async () => {
  const failing: ReadSource = () =>
    Promise.reject(new FailureError({ tag: "unreachable", message: "Nobody answers" }));

  const { requests, problems } = await explained(caseOf("network-config"), failing);

  const subnets = requests.flatMap(({ fields }) => fields).find(({ path }) => path.endsWith(".subnets"));
  assert.ok(Array.isArray(subnets?.value) && !JSON.stringify(subnets.value).includes("("));
  assert.deepEqual(problems, []);
});
