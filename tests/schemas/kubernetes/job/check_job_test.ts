/** What Kubernetes would refuse is refused before anything is sent, with the member and what is accepted. */

import assert from "node:assert/strict";
import { toFailure } from "../../../../schemas/failure/failure.ts";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { isList } from "../../../../schemas/json/shape.ts";
import { checkJob, jobFaults } from "../../../../schemas/kubernetes/job/check_job.ts";

const GOOD: JsonObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { labels: { team: "a" }, annotations: { "x.io/y": "any text" } },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels: { team: "a" } },
      spec: {
        restartPolicy: "Never",
        serviceAccountName: "flows",
        imagePullSecrets: [{ name: "ecr" }],
        volumes: [{ name: "v", secret: { secretName: "s", defaultMode: 256 } }],
        containers: [{
          name: "flow",
          image: "flows:1",
          args: ["a"],
          env: [{ name: "A", value: "1" }, {
            name: "B",
            valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
          }],
          volumeMounts: [{ name: "v", mountPath: "/v" }],
          resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: 1, memory: "1Gi" } },
        }],
      },
    },
  },
};

/** The Job with one member replaced; the path has dots and positions. */
function changed(path: string, value: Json): JsonObject {
  const [made] = [put(GOOD, path.split("."), value)];
  return made as JsonObject;
}

function put(at: Json | undefined, [name = "", ...rest]: readonly string[], value: Json): Json {
  const next = (member: Json | undefined): Json => rest.length === 0 ? value : put(member, rest, value);
  if (isList(at)) return at.map((item, index) => String(index) === name ? next(item) : item);
  const holder = (at ?? {}) as JsonObject;
  return { ...holder, [name]: next(holder[name]) };
}

const plan = (job: JsonObject, isDiscreet = false) => ({
  job,
  namespace: "flows",
  namePrefix: "etl-",
  isDiscreet,
});
const POD = "spec.template.spec";

Deno.test("check of a Job: given a good one, when checked, then nothing is wrong", () => {
  assert.deepEqual(jobFaults(plan(GOOD)), []);
});

const WRONG: readonly (readonly [path: string, value: Json, said: RegExp])[] = [
  ["kind", "Pod", /^kind must be Job, not 'Pod'/],
  ["apiVersion", "v1", /^apiVersion must be batch\/v1/],
  ["metadata.namespace", "other", /^metadata\.namespace must be .*flows/],
  ["metadata.labels.team", 5, /^metadata\.labels\.team must be text, not a number/],
  ["metadata.labels.team", "a b", /^metadata\.labels\.team must be .*, not 'a b'/],
  ["metadata.annotations", ["x"], /^metadata\.annotations must be a mapping/],
  ["spec.backoffLimit", -1, /^spec\.backoffLimit must be a whole number/],
  ["spec.completions", 2, /^spec\.completions must be 1/],
  ["spec.parallelism", 3, /^spec\.parallelism must be 1/],
  ["spec.selector", { matchLabels: { a: "b" } }, /^spec\.selector must be left out/],
  [`${POD}.restartPolicy`, "Always", /restartPolicy must be Never or OnFailure/],
  [`${POD}.serviceAccountName`, "A_B", /serviceAccountName must be/],
  [`${POD}.imagePullSecrets`, [{ name: "" }], /imagePullSecrets\[0\]\.name must be/],
  [`${POD}.containers.0.name`, "Flow", /containers\[0\]\.name must be/],
  [`${POD}.containers.0.image`, "", /containers\[0\]\.image must be/],
  [`${POD}.containers.0.imagePullPolicy`, "Sometimes", /imagePullPolicy must be Always, IfNotPresent, Never/],
  [`${POD}.containers.0.args`, [1], /args\[0\] must be text/],
  [`${POD}.containers.0.env`, [{ value: "x" }], /env\[0\]\.name must be/],
  [`${POD}.containers.0.env`, [{ name: "A", value: 5 }], /env\[0\]\.value, of variable 'A', must be text/],
  [
    `${POD}.containers.0.env`,
    [{ name: "A", value: "1", valueFrom: { x: 1 } }],
    /value or valueFrom, not both/,
  ],
  [`${POD}.containers.0.resources.limits.memory`, "2 GB", /limits\.memory must be a quantity .*, not '2 GB'/],
  [`${POD}.containers.0.resources.requests.cpu`, "2", /requests\.cpu must be at most the limit of 1/],
  [`${POD}.containers.0.volumeMounts`, [{ name: "w" }], /volumeMounts\[0\]\.name must be the name of one of/],
  [`${POD}.volumes`, [{ name: "V" }], /volumes\[0\]\.name must be/],
];
for (const [path, value, said] of WRONG) {
  Deno.test(`check of a Job: given ${path} as ${JSON.stringify(value)}, when checked, then the member, its value and what is accepted are named`, () => {
    assert.throws(() => checkJob(plan(changed(path, value))), (thrown) => {
      const failure = toFailure(thrown);
      assert.equal(failure.tag, "badFlowRun");
      assert.match(failure.message.replace("Kubernetes would refuse the Job: ", ""), said);
      return true;
    });
  });
}

Deno.test("check of a Job: given a template that the run names, when it is wrong, then nothing of its texts is told", () => {
  const job = changed(`${POD}.containers.0.env`, [{ name: "HUSH", value: 5 }]);
  const faults = [
    ...jobFaults(plan(job, true)),
    ...jobFaults(plan(changed("metadata.labels.team", "hush hush"), true)),
    ...jobFaults(plan(changed("metadata.annotations", { "hush hush": "x" }), true)),
  ];

  assert.equal(faults.length, 3);
  assert.ok(!faults.join().toLowerCase().includes("hush"), faults.join());
});
