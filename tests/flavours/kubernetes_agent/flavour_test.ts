/** Every recorded start of the Kubernetes agent, planned in one call. */

import assert from "node:assert/strict";
import {
  comparableJob,
  type KubernetesCase,
  kubernetesCases,
  placed,
  planKubernetes,
} from "../../support/goldens/kubernetes_golden.ts";

const GROUPS = [
  ...["accounts", "agent", "basic", "env", "environments", "random", "resources", "storage", "template"],
];

/** What the API server, the connection or the API's claims decide is no matter of planning. */
const ELSEWHERE = new Set(["agent/claim-locked", "agent/kubeconfig-missing", "env/key-of-disk"]);

function expectOf(golden: KubernetesCase) {
  return golden.verdict === "FIX" ? { ...golden.expect, ...golden.expect_fixed } : golden.expect;
}

for (const golden of GROUPS.flatMap(kubernetesCases).filter(({ id }) => !ELSEWHERE.has(id))) {
  const isLenient = golden.verdict === "FIX" && golden.expect_fixed === undefined;
  const { exit, says = [], jobs = [], runs = {} } = expectOf(golden);

  Deno.test(`kubernetes plan: given ${golden.id}, when planned, then the Jobs are as recorded`, () => {
    const started = planKubernetes(golden);

    if (exit !== undefined) {
      const refused = "refused" in started ? started.refused : "";
      assert.ok(refused !== "" && says.every((part) => refused.includes(part)), refused);
      return;
    }
    const outcomes = "runs" in started ? started.runs : [];
    assert.equal(outcomes.length, golden.flow_runs?.length, "refused" in started ? started.refused : "");
    for (const outcome of outcomes) {
      const wanted = placed(jobs).find(({ body }) => JSON.stringify(body).includes(outcome.runId));
      if ("failed" in outcome) {
        assert.ok(isLenient || wanted === undefined, outcome.failed);
        for (const part of runs[outcome.runId]?.failed?.says ?? []) {
          const isThere = part.startsWith("re:")
            ? new RegExp(part.slice(3)).test(outcome.failed)
            : isLenient || outcome.failed.includes(part);
          assert.ok(isThere, `${part}: ${outcome.failed}`);
        }
      } else if (!isLenient) {
        assert.ok(
          wanted !== undefined,
          `planned although it was refused: ${JSON.stringify(outcome.job.metadata)}`,
        );
        assert.deepEqual(comparableJob(outcome.job), comparableJob(wanted.body));
        assert.equal(outcome.namespace, wanted.namespace);
      }
    }
  });
}
