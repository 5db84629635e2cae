/** A Job gets its name, label and annotations at its launch. */

import assert from "node:assert/strict";
import { jobOf, type KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";
import { NO_SOURCES } from "../../../schemas/plan/sourced_request.ts";

const PLAN: KubernetesPlan = {
  namespace: "flows",
  namePrefix: "etl-",
  flowContainer: "flow",
  job: {
    metadata: { labels: { team: "a" }, annotations: { x: "y" } },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never" } } },
  },
  sources: NO_SOURCES,
  warnings: [],
  notes: [],
};

Deno.test("job of a launch: given a plan, when it is launched, then name, label and annotations join what the plan has", () => {
  const job = jobOf(PLAN, { identifier: "a1", annotations: { "prefect.io/agent-claim": "c" } });

  assert.deepEqual(job, {
    metadata: {
      name: "etl-a1",
      labels: { team: "a", "prefect.io/identifier": "a1" },
      annotations: { x: "y", "prefect.io/agent-claim": "c" },
    },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: { "prefect.io/identifier": "a1" } },
        spec: { restartPolicy: "Never" },
      },
    },
  });
});
