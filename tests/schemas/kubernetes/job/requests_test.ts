import assert from "node:assert/strict";
import { podRequests } from "../../../../schemas/kubernetes/job/requests.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";

const asking = (requests: JsonObject, limits: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  resources: { requests, limits },
  ...more,
});

const CASES:
  readonly (readonly [what: string, pod: JsonObject, amounts: Readonly<Record<string, number>>])[] = [
    ["nothing", { containers: [{}] }, {}],
    ["two containers", { containers: [asking({ cpu: "1", memory: "1Gi" }), asking({ cpu: "500m" })] }, {
      cpu: 1500,
      memory: 1024 ** 3,
    }],
    ["a limit without a request", { containers: [asking({}, { cpu: "2" })] }, { cpu: 2000 }],
    ["a request below its limit", { containers: [asking({ cpu: "1" }, { cpu: "2" })] }, { cpu: 1000 }],
    [
      "a large init container",
      { initContainers: [asking({ cpu: "4" })], containers: [asking({ cpu: "1" })] },
      { cpu: 4000 },
    ],
    [
      "a small init container",
      { initContainers: [asking({ cpu: "1" })], containers: [asking({ cpu: "4" })] },
      { cpu: 4000 },
    ],
    [
      "an init container that goes on running",
      {
        initContainers: [asking({ cpu: "1" }, {}, { restartPolicy: "Always" })],
        containers: [asking({ cpu: "4" })],
      },
      { cpu: 5000 },
    ],
    ["another resource", { containers: [asking({ "nvidia.com/gpu": 1 })] }, { "nvidia.com/gpu": 1 }],
  ];

for (const [what, pod, amounts] of CASES) {
  Deno.test(`pod requests: given ${what}, then the pod asks for ${JSON.stringify(amounts)}`, () => {
    const found = [...podRequests(pod)].map(([name, amount]) => [name, Number(amount)]);

    assert.deepEqual(Object.fromEntries(found), amounts);
  });
}
