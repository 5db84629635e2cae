import assert from "node:assert/strict";
import { DEMO_FLOWS, type DemoFlow, serializedFlow } from "../../../sandbox/demo/flows.ts";
import {
  demoRuns,
  hasEnded,
  isRight,
  msInAll,
  msUntil,
  requestsOfAgent,
  runCosts,
} from "../../../sandbox/demo/progress.ts";
import { introduction, liveTable, movements, summary } from "../../../sandbox/demo/view.ts";
import type { SeenState } from "../../../sandbox/demo/part.ts";
import { ecsPart } from "../../../sandbox/demo/ecs_part.ts";
import { WORKER_GROUPS, workerPart } from "../../../sandbox/demo/prefect3/part.ts";
import { isFargateSize } from "../../../sandbox/ecs/fargate_sizes.ts";

const FLOW_ID = "ffffffff-ffff-4fff-8fff-ffffffffffff";
const RUN_ID = "11111111-1111-4111-8111-111111111111";

function flow(name: string): DemoFlow {
  return DEMO_FLOWS.find((each) => each.name === name) ?? assert.fail(name);
}

function states(...types: readonly string[]): SeenState[] {
  return types.map((type, at) => ({
    type,
    message: type === "Failed" ? "Some reference tasks failed." : "",
    at: 1000 + at * 250,
  }));
}

function runOf(name: string, seen: readonly SeenState[]) {
  const [run] = demoRuns([{ id: RUN_ID, flowId: FLOW_ID, flow: flow(name) }], [
    { id: RUN_ID, name: `${name} 1`, states: seen },
  ]);
  return run ?? assert.fail();
}

const ENDS: readonly (readonly [string, readonly string[], boolean, boolean])[] = [
  ["hello", ["Scheduled", "Submitted", "Running", "Success"], true, true],
  ["hello", ["Scheduled", "Submitted", "Running", "Failed"], true, false],
  ["hello", ["Scheduled", "Submitted", "Running"], false, false],
  ["broken", ["Scheduled", "Submitted", "Running", "Failed"], true, true],
  ["broken", ["Scheduled", "Submitted", "Running", "Success"], true, false],
  ["too large", ["Scheduled", "Submitted", "Failed"], true, false],
  ["endless", ["Scheduled", "Running", "Cancelling"], false, false],
  ["endless", ["Scheduled", "Running", "Cancelling", "Cancelled"], true, true],
  ["hello", [], false, false],
];

for (const [name, types, ended, right] of ENDS) {
  Deno.test(`demo: given ${name} through ${types.join(", ") || "nothing"}, then it ${right ? "is" : "is not"} right`, () => {
    const run = runOf(name, states(...types));

    assert.equal(hasEnded(run), ended);
    assert.equal(isRight(run), right);
  });
}

Deno.test("demo: given a run that was refused, then its message must say why", () => {
  const refused = { type: "Failed", message: "Failures: RESOURCE:MEMORY", at: 1 };

  assert.equal(isRight(runOf("too large", [refused])), true);
});

Deno.test("demo: given states, then times count from the first", () => {
  const run = runOf("hello", states("Scheduled", "Submitted", "Running", "Success"));

  assert.deepEqual([msUntil(run, "Submitted"), msUntil(run, "Running"), msInAll(run)], [250, 500, 750]);
  assert.equal(msUntil(run, "Cancelled"), null);
});

Deno.test("demo: given requests of the agent, then those of AWS and the API are counted apart, shared ones divided", () => {
  const run = runOf("hello", states("Scheduled"));
  const other = { ...run, id: "22222222-2222-4222-8222-222222222222" };
  const request = (service: string, body: string) => ({
    service,
    operation: "",
    status: 200,
    body,
    client: "",
  });

  const costs = runCosts(
    [
      request("ecs", RUN_ID),
      request("ecs", ""),
      request("api", `${RUN_ID} ${other.id}`),
      request("ecs", FLOW_ID),
    ],
    [run, other],
  );

  assert.deepEqual(costs.get(RUN_ID), { platform: 2, api: 0.5 });
  assert.deepEqual(costs.get(other.id), { platform: 1, api: 0.5 });
});

Deno.test("demo: given requests while the worker is played, then those of flows, of the demo and of the agent before it are not the worker's", () => {
  const aws = "aws-sdk-js/3.1 ua/2.1 os/linux api/ecs#3.1";
  const all = [
    ["prefect3", "prefect/3.9.1 (API 0.8.4)"],
    ["prefect3", "demo"],
    ["prefect3", "demo-flow"],
    ["api", "Deno/2.9.6"],
    ["ecs", `${aws} app/demo-ecs`],
    ["ecs", `${aws} app/demo-worker`],
    ["logs", `app/demo-worker ${aws}`],
    ["sts", aws],
  ] as const;
  const requests = all.map(([service, client]) => ({
    ...{ service, client, operation: "", status: 200, body: "" },
  }));

  const ofWorker = requestsOfAgent(workerPart, requests);
  const ofAgent = requestsOfAgent(ecsPart, requests);

  assert.deepEqual(ofWorker, [0, 5, 6, 7].map((at) => requests[at]));
  assert.deepEqual(ofAgent, [3, 4, 7].map((at) => requests[at]));
});

Deno.test("demo flows: given all of them, then about 20 runs, sizes of Fargate, and each kind of end", () => {
  const runs = DEMO_FLOWS.reduce((sum, each) => sum + each.runs, 0);

  assert.ok(runs >= 18 && runs <= 22);
  for (const { runConfig: { cpu, memory } } of DEMO_FLOWS) {
    assert.ok(isFargateSize(Number(cpu), Number(memory)));
  }
  assert.deepEqual(
    new Set(DEMO_FLOWS.map((each) => each.expected.state)),
    new Set(["Success", "Failed", "Cancelled"]),
  );
  for (const each of DEMO_FLOWS) {
    const slugs = serializedFlow(each)["tasks"];
    assert.equal(Array.isArray(slugs) && slugs.length, each.tasks.length);
  }
});

Deno.test("demo of the worker: given all groups, then 20 runs of two deployments, and each kind of end", () => {
  const runs = WORKER_GROUPS.reduce((sum, each) => sum + each.runs, 0);

  assert.equal(runs, 20);
  assert.deepEqual(new Set(WORKER_GROUPS.map(({ deployment }) => deployment)), new Set(["etl", "huge"]));
  assert.deepEqual(
    new Set(WORKER_GROUPS.map(({ expected }) => expected.state)),
    new Set(["Completed", "Failed", "Crashed", "Cancelled"]),
  );
  assert.equal(WORKER_GROUPS.filter(({ isResumed }) => isResumed).length, 1);
});

Deno.test("demo of the worker: given a run that was to be suspended, when it completes without, then it is not right", () => {
  const patient = WORKER_GROUPS.find(({ name }) => name === "patient") ?? assert.fail();
  const through = (...types: readonly string[]) =>
    demoRuns([{ id: RUN_ID, flowId: FLOW_ID, flow: patient }], [
      { id: RUN_ID, name: "patient 1", states: states(...types) },
    ])[0] ?? assert.fail();

  assert.equal(isRight(through("Scheduled", "Pending", "Running", "Completed")), false);
  assert.equal(
    isRight(through("Scheduled", "Running", "Suspended", "Resuming", "Running", "Completed")),
    true,
  );
});

Deno.test("demo view: given looks at a run, then only what is new is told, once", () => {
  const before = runOf("broken", states("Scheduled"));
  const after = runOf("broken", states("Scheduled", "Submitted", "Running", "Failed"));

  const first = movements([], [before], 1000);
  const second = movements([before], [after], 1000);

  assert.deepEqual(first, ["  0.0 s  broken 1       Scheduled"]);
  assert.deepEqual(second, [
    "  0.3 s  broken 1       Submitted",
    "  0.5 s  broken 1       Running",
    "  0.8 s  broken 1       Failed: Some reference tasks failed.",
  ]);
  assert.deepEqual(movements([after], [after], 1000), []);
});

Deno.test("demo view: given a run, then the table and the summary show where it is and what it cost", () => {
  const run = runOf("hello", states("Scheduled", "Submitted", "Running"));

  const table = liveTable([run], 1234);
  const lines = summary([run], new Map([[RUN_ID, { platform: 1.5, api: 0.25 }]]), ecsPart.platform);

  assert.equal(table[0], "1.2 s  0 of 1 runs have ended");
  assert.equal(table[2], "hello 1         Running      Scheduled > Submitted > Running");
  assert.ok(
    lines.some((line) =>
      /^hello 1 +not ended +NO: Success +250 ms +500 ms +500 ms +1\.50 +0\.25$/.test(line)
    ),
  );
  assert.ok(lines.every((line) => line.length <= 130));
  assert.equal(introduction(ecsPart).length, DEMO_FLOWS.length + 2);
});
