/** Templates of runs and of the agent: texts as they are written, references for the key, odd shapes. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { kubernetesFlavour } from "../../../flavours/kubernetes_agent/flavour.ts";
import { parseKubernetesOptions } from "../../../flavours/kubernetes_agent/options.ts";
import { sampleRun } from "../../../flavours/kubernetes_agent/sample_run.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import { someSettings } from "../../support/settings.ts";

const SETTINGS = someSettings({ credential: { kind: "key", key: new Secret("pcu_hush"), tenantId: null } });

function plan(config: JsonObject, values = {}) {
  const options = parseKubernetesOptions({ values, pairs: [], env: {} }, SETTINGS);
  const run = { ...sampleRun(null), runConfig: { type: "KubernetesRun", ...config } };
  const readings: Readings = Object.fromEntries(
    kubernetesFlavour.sources(run, options, {}).map((source) => [
      source.key,
      "text" in source
        ? { kind: "text", text: String(source.text) }
        : { kind: "absent", message: "there is none" },
    ]),
  );
  return kubernetesFlavour.plan(run, options, readings);
}

function flowContainer(job: JsonObject): JsonObject {
  const pod = mapping(mapping(mapping(job.spec).template).spec);
  return mappings(pod.containers)[0] ?? {};
}

function variable(job: JsonObject, name: string): JsonObject | undefined {
  return mappings(flowContainer(job).env).find((entry) => entry.name === name);
}

const yaml = (env: string) =>
  `spec:\n  template:\n    metadata: {annotations: {since: 2020-01-01}}\n    spec:\n      containers:\n      - name: flow\n        env: ${env}\n`;

Deno.test("job template: given YAML, when a variable or annotation has a value that YAML retypes, then the text that was written is sent", () => {
  const { job } = plan({ job_template: yaml("[{name: PYTHON, value: 3.10}, {name: ON, value: on}]") });

  assert.equal(variable(job, "PYTHON")?.value, "3.10");
  assert.equal(variable(job, "ON")?.value, "on");
  assert.equal(
    mapping(mapping(mapping(mapping(job.spec).template).metadata).annotations).since,
    "2020-01-01",
  );
});

Deno.test("job template: given any plain scalar as the value of a variable, when planned, then the text sent is the text written", () => {
  const scalar = fc.oneof(
    fc.integer().map(String),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom("0400", "1_000", "12:30", "yes", "1e3", "0x1F", "2020-01-01", "null-ish"),
  );

  fc.assert(fc.property(scalar, (text) => {
    assert.equal(variable(plan({ job_template: yaml(`[{name: X, value: ${text}}]`) }).job, "X")?.value, text);
  }));
});

Deno.test("job template: given a run config stored as JSON, when values are numbers, booleans or null, then they become text or are left out", () => {
  const env = [{ name: "N", value: 5 }, { name: "B", value: true }, { name: "Z", value: null }];
  const { job } = plan({ job_template: { spec: { template: { spec: { containers: [{ env }] } } } } });

  assert.deepEqual(["N", "B", "Z"].map((name) => variable(job, name)), [
    { name: "N", value: "5" },
    { name: "B", value: "true" },
    { name: "Z" },
  ]);
  assert.equal(flowContainer(job).name, "flow");
});

for (const name of ["PREFECT__CLOUD__API_KEY", "PREFECT__CLOUD__AUTH_TOKEN"]) {
  Deno.test(`job template: given a reference for ${name}, when planned, then both names of the key refer to the Secret and no Job holds the key`, () => {
    const valueFrom = { secretKeyRef: { name: "k", key: "key" } };
    const env = [{ name, valueFrom }];
    const { job } = plan({
      job_template: { spec: { template: { spec: { containers: [{ name: "flow", env }] } } } },
    });

    assert.deepEqual(variable(job, "PREFECT__CLOUD__API_KEY")?.valueFrom, valueFrom);
    assert.deepEqual(variable(job, "PREFECT__CLOUD__AUTH_TOKEN")?.valueFrom, valueFrom);
    assert.ok(!JSON.stringify(job).includes("pcu_hush"));
  });
}

const RETRIES: readonly (readonly [spec: JsonObject, policy: string | null, limit: Json | undefined])[] = [
  [{}, null, 0],
  [{ backoffLimit: null }, null, 0],
  [{ backoffLimit: 3 }, null, 3],
  [{ backoffLimit: 0 }, "OnFailure", 0],
  [{}, "OnFailure", undefined],
];
for (const [spec, restartPolicy, limit] of RETRIES) {
  Deno.test(`job template: given ${JSON.stringify(spec)} and restart policy ${restartPolicy}, when planned, then the limit of retries is ${limit}`, () => {
    const { job } = plan({ job_template: { spec: { ...spec, template: { spec: { restartPolicy } } } } });

    assert.equal(mapping(job.spec).backoffLimit, limit);
    assert.equal(mapping(mapping(mapping(job.spec).template).spec).restartPolicy, restartPolicy ?? "Never");
  });
}

const BROKEN: readonly (readonly [template: Json, said: RegExp])[] = [
  [{ kind: "Job" }, /spec is missing/],
  [{ spec: null }, /spec is missing/],
  [{ spec: { template: {} } }, /spec\.template\.spec is missing/],
  [{ spec: { template: { spec: [] } } }, /spec\.template\.spec must be a mapping, not a list/],
  [{ spec: { template: { spec: { containers: {} } } } }, /containers must be a list/],
  [{ spec: { template: { spec: { containers: [1] } } } }, /containers\[0\] must be a mapping/],
  [
    { spec: { template: { spec: { containers: [{ env: [{ value: "x" }] }] } } } },
    /env\[0\]\.name is missing/,
  ],
  [
    { spec: { template: { spec: { containers: [{ env: [{ name: "A", value: {} }] }] } } } },
    /of variable 'A'/,
  ],
  ["spec: [1\n", /line 2/],
  ["a: 1\n---\nb: 2\n", /multiple docs/],
  [[1], /must be a mapping/],
];
for (const [template, said] of BROKEN) {
  Deno.test(`job template: given ${JSON.stringify(template)}, when planned, then the member that is wrong is named`, () => {
    assert.throws(() => plan({ job_template: template }), (thrown) => {
      const { tag, message } = toFailure(thrown);
      assert.equal(tag, "badFlowRun");
      assert.match(message, said);
      return true;
    });
  });
}

Deno.test("job template: given labels for pods, when the run's own template says another value, then that stays; else the option's is set", () => {
  const template = { spec: { template: { metadata: { labels: { compute: "mine" } }, spec: {} } } };
  const labelsOf = (job: JsonObject) => mapping(mapping(mapping(mapping(job.spec).template).metadata).labels);
  const values = { "pod-label": ["compute=fargate", "team=a"] };

  assert.deepEqual(
    ["compute", "team"].map((name) => labelsOf(plan({ job_template: template }, values).job)[name]),
    ["mine", "a"],
  );
  assert.equal(labelsOf(plan({}, values).job).compute, "fargate");
});

Deno.test("run config: given one of any kind, when its run is planned, then each member is read once", () => {
  const options = parseKubernetesOptions({ values: {}, pairs: [], env: {} }, SETTINGS);
  const reads: string[] = [];
  const runConfig = new Proxy<JsonObject>({ type: "KubernetesRun", image: "x:1", cpu_limit: "1" }, {
    get: (config, name) => {
      reads.push(String(name));
      return Reflect.get(config, name);
    },
  });
  kubernetesFlavour.plan({ ...sampleRun(null), runConfig }, options, {});

  assert.deepEqual(
    ["type", "image", "cpu_limit"].map((name) => reads.filter((read) => read === name).length),
    [1, 1, 1],
  );
});
