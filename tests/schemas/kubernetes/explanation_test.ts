/** Explanations of Jobs show where each member came from, and no value of a variable. */

import assert from "node:assert/strict";
import { explainJob, explanationLines } from "../../../schemas/kubernetes/explanation.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import type { KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";

const PLAN: KubernetesPlan = {
  namespace: "flows",
  namePrefix: "etl-",
  flowContainer: "flow",
  job: {
    metadata: { labels: { team: "a" } },
    spec: {
      template: {
        spec: {
          containers: [{
            name: "flow",
            image: "flows:1",
            env: [
              { name: "PASSWORD", value: "hush-hush" },
              { name: "KEY", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
            ],
          }],
        },
      },
    },
  },
  sources: () => ({
    "/job": { from: "file", name: "job.yaml" },
    "/job/spec/template/spec/containers/0/image": { from: "run config", name: "image" },
    "/job/spec/template/spec/containers/0/env/0": { from: "agent", name: "cloud.agent.env_vars" },
  }),
  warnings: [],
  hints: [{ key: "k", text: "The args are replaced" }],
  notes: [],
};

function explain() {
  return explainJob({
    flavour: "kubernetes",
    runId: "r1",
    flowName: "ETL",
    plan: PLAN,
    origins: new Map([["PASSWORD", { from: "flag", name: "--env" }]]),
    warnings: [],
    problems: ["kind must be Job"],
    redact: makeRedactor(),
  });
}

Deno.test("explanation of a Job: given a plan, when it is explained, then each member has its source, values are hidden and references say to what", () => {
  const { fields } = explain();

  const at = new Map(
    fields.map(({ path, value, source }) => [path, [value, `${source.from}: ${source.name}`]]),
  );
  const container = "spec.template.spec.containers[flow]";
  assert.deepEqual(at.get("metadata.labels.team"), ["a", "file: job.yaml"]);
  assert.deepEqual(at.get(`${container}.image`), ["flows:1", "run config: image"]);
  assert.deepEqual(at.get(`${container}.env[PASSWORD]`), ["(hidden)", "flag: --env"]);
  assert.deepEqual(at.get(`${container}.env[KEY]`), ["Secret db, key password", "file: job.yaml"]);
});

Deno.test("explanation of a Job: given one, when it is printed, then the size on Fargate, warnings and what would be refused stand in it, and no secret", () => {
  const text = explanationLines(explain()).join("\n");

  assert.match(text, /Flow run r1 of flow ETL, as kubernetes start would launch it\. Nothing was sent\./);
  assert.match(text, /Fargate the pod gets 0\.25 vCPU and 0\.5 GB: it requests nothing, 256 MB are added/);
  assert.match(text, /Warnings\n {2}The args are replaced/);
  assert.match(text, /Kubernetes would refuse this\n {2}kind must be Job/);
  assert.ok(!text.includes("hush"));
});
