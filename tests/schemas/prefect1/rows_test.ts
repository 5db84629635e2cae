/** Rows of the Prefect 1 API. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFlowRun, parseReadStates } from "../../../schemas/prefect1/rows.ts";

const state = { type: "Scheduled", start_time: "2023-01-02T03:04:05.123456+00:00" };
const flow = {
  id: "f",
  name: "Flow",
  version: 3,
  environment: null,
  storage: { type: "Local" },
  core_version: "1.4.1",
};
const good = {
  id: "r",
  name: "n",
  version: 2,
  serialized_state: state,
  run_config: { type: "ECSRun" },
  flow,
  task_runs: [],
};

Deno.test("parseFlowRun: given a full row, when parsed, then every field has its place", () => {
  assert.deepEqual(parseFlowRun(good), {
    run: {
      id: "r",
      name: "n",
      version: 2,
      state,
      stateType: "Scheduled",
      startTime: "2023-01-02T03:04:05.123456+00:00",
      dueAtMs: Date.UTC(2023, 0, 2, 3, 4, 5, 123),
      dueTaskRuns: [],
      flow: {
        id: "f",
        name: "Flow",
        version: 3,
        environment: null,
        storage: { type: "Local" },
        coreVersion: "1.4.1",
      },
      runConfig: { type: "ECSRun" },
    },
  });
});

/** What may be absent or null. */
const LENIENT: readonly (readonly [string, object, object])[] = [
  ["name null", { name: null }, { name: "" }],
  ["name absent", { name: undefined }, { name: "" }],
  ["run config absent", { run_config: undefined }, { runConfig: null }],
  ["task runs null", { task_runs: null }, { dueTaskRuns: [] }],
  ["no start time", { serialized_state: { type: "Scheduled" } }, { startTime: "", dueAtMs: null }],
  ["a start time of null", { serialized_state: { type: "Resume", start_time: null } }, {
    startTime: "",
    dueAtMs: null,
  }],
  [
    "a Running run",
    { serialized_state: { type: "Running", start_time: "2023-01-02T03:04:05Z" } },
    { stateType: "Running", dueAtMs: null },
  ],
];
for (const [name, change, wanted] of LENIENT) {
  Deno.test(`parseFlowRun: given ${name}, when parsed, then it is a run`, () => {
    const got = parseFlowRun({ ...good, ...change });

    assert.ok("run" in got);
    assert.deepEqual({ ...got.run, ...wanted }, got.run);
  });
}

Deno.test("parseFlowRun: given task runs of several states, when parsed, then only those that wait are due", () => {
  const taskRun = (type: string) => ({ id: type, version: 1, task_id: "t", serialized_state: { type } });
  const types = ["Scheduled", "Retrying", "Resume", "Paused", "Queued", "Submitted", "Running", "Success"];

  const got = parseFlowRun({ ...good, task_runs: types.map(taskRun) });

  assert.deepEqual("run" in got && got.run.dueTaskRuns.map((one) => one.id), types.slice(0, 5));
});

const MALFORMED: readonly (readonly [string, unknown, string, string | null, RegExp])[] = [
  ["null", null, "", null, /without id .*the row is missing/],
  ["a text", "row", "", null, /the row is not an object/],
  ["no id", { ...good, id: undefined }, "", "2", /id is missing/],
  ["an empty id", { ...good, id: "" }, "", "2", /id is empty/],
  ["a version as text", { ...good, version: "2" }, "r", null, /version is not a number/],
  ["half a version", { ...good, version: 2.5 }, "r", "2.5", /version is not a whole number/],
  ["a state as text", { ...good, serialized_state: "x" }, "r", "2", /serialized_state is not an object/],
  ["a state without type", { ...good, serialized_state: {} }, "r", "2", /serialized_state has no type/],
  [
    "a time that is none",
    { ...good, serialized_state: { type: "Scheduled", start_time: "soon" } },
    "r",
    "2",
    /start_time/,
  ],
  [
    "a time as number",
    { ...good, serialized_state: { type: "Scheduled", start_time: 5 } },
    "r",
    "2",
    /start_time/,
  ],
  ["no flow", { ...good, flow: null }, "r", "2", /flow is missing/],
  ["a flow without name", { ...good, flow: { ...flow, name: undefined } }, "r", "2", /flow\.name is missing/],
  ["a run config as list", { ...good, run_config: ["s3cret"] }, "r", "2", /run_config is not an object/],
  ["a bad task run", { ...good, task_runs: [{ id: 1 }] }, "r", "2", /task_runs\.0\.id is not a text/],
];
for (const [name, row, id, version, says] of MALFORMED) {
  Deno.test(`parseFlowRun: given ${name}, when parsed, then it is malformed and says why`, () => {
    const got = parseFlowRun(row);

    assert.ok("malformed" in got);
    assert.deepEqual([got.malformed.id, got.malformed.version], [id, version]);
    assert.match(got.malformed.message, says);
    assert.ok(!got.malformed.message.includes("s3cret"));
  });
}

Deno.test("parseFlowRun: given every recorded row, when parsed, then each is a run", () => {
  const folder = new URL("../../wire/prefect1/", import.meta.url);
  let rows = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".json") || name.endsWith(".notes.json")) continue;
    for (const exchange of JSON.parse(Deno.readTextFileSync(new URL(name, folder)))) {
      if (exchange.from !== "agent") continue;
      for (const row of exchange.response.body?.data?.flow_run ?? []) {
        rows++;
        const got = parseFlowRun(row);
        assert.ok("run" in got, `${name} n=${exchange.n}: ${JSON.stringify(got)}`);
        assert.equal(got.run.id, row.id);
      }
    }
  }
  assert.ok(rows > 15, `${rows} rows`);
});

Deno.test("parseFlowRun: given any JSON, when parsed, then it never throws", () => {
  fc.assert(fc.property(fc.jsonValue(), (row) => {
    const got = parseFlowRun(row);
    assert.ok("run" in got || got.malformed.message.startsWith("Cannot read flow run"));
  }));
});

const marked = (claim: string, type = "Submitted") => ({
  type,
  context: { "prefect-agent": { agent: "a", region: "r", cluster: "c", claim, by: "p" } },
});

Deno.test("parseReadStates: given a run that went on, when read, then the marker comes from its history", () => {
  const rows = [
    { id: "now", version: 2, serialized_state: marked("v1") },
    {
      id: "past",
      version: 3,
      serialized_state: { type: "Running" },
      states: [{ serialized_state: marked("v1") }],
    },
    {
      id: "retried",
      version: 3,
      serialized_state: { type: "Running" },
      states: [{ serialized_state: marked("v1") }],
      task_runs: [{ id: "t", serialized_state: marked("r3:t@4") }],
    },
    { id: "plain", version: 4, serialized_state: { type: "Success" }, states: null },
    { id: "broken" },
  ];

  assert.deepEqual(
    parseReadStates(rows).map((
      one,
    ) => [one.id, one.finished, one.stored?.marker.claim ?? null, one.stored?.by ?? null]),
    [["now", false, "v1", "p"], ["past", false, "v1", "p"], ["retried", false, "r3:t@4", "p"], [
      "plain",
      true,
      null,
      null,
    ]],
  );
});

Deno.test("parseReadStates: given something that is no list, when read, then there is nothing", () => {
  assert.deepEqual(parseReadStates(null), []);
});
