import assert from "node:assert/strict";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { rowProblem } from "../../../schemas/prefect1/row_bounds.ts";
import { parseFlowRun, parseMarkedRun } from "../../../schemas/prefect1/rows.ts";
import { submittedState } from "../../../schemas/prefect1/state.ts";
import { someClaim } from "../../support/claim.ts";

const row: JsonObject = {
  id: "r",
  name: "n",
  version: 2,
  serialized_state: { type: "Scheduled" },
  run_config: { type: "ECSRun" },
  flow: {
    id: "f",
    name: "Flow",
    version: 3,
    environment: null,
    storage: { type: "Local" },
    core_version: "1",
  },
  task_runs: [],
};
const taskRun = { id: "t", version: 1, serialized_state: { type: "Retrying" } };
const long = (size: number) => "x".repeat(size);

// Each row: what is too large, the members, the problem.
const BEYOND: readonly (readonly [string, JsonObject, string])[] = [
  ["an id", { id: long(257) }, "id has 257 characters (at most 256 are accepted)"],
  ["a name", { name: long(1025) }, "name has 1025 characters (at most 1024 are accepted)"],
  ["a flow's id", { flow: { id: long(257) } }, "flow.id has 257 characters (at most 256 are accepted)"],
  [
    "a flow's name",
    { flow: { name: long(1025) } },
    "flow.name has 1025 characters (at most 1024 are accepted)",
  ],
  [
    "a run config",
    { run_config: { env: { A: long(300_000) } } },
    "the row has 300155 characters (at most 262144 are accepted), of which run_config takes 300018",
  ],
  [
    "a state",
    { serialized_state: { type: "Scheduled", message: long(262_144) } },
    "the row has 262312 characters (at most 262144 are accepted), of which serialized_state takes 262178",
  ],
  [
    "the state of a task run",
    { task_runs: [taskRun, { ...taskRun, serialized_state: { type: "Retrying", message: long(262_144) } }] },
    "task_runs[1] has 262223 characters (at most 262144 are accepted)",
  ],
  [
    "a task run's id",
    { task_runs: [{ ...taskRun, id: long(257) }] },
    "task_runs[0].id has 257 characters (at most 256 are accepted)",
  ],
  [
    "the number of task runs",
    { task_runs: Array(10_001).fill(taskRun) },
    "task_runs has 10001 items (at most 10000 are accepted)",
  ],
];

for (const [what, members, problem] of BEYOND) {
  Deno.test(`flow run: given a row in which ${what} is too large, when parsed, then only this run is malformed`, () => {
    const parsed = parseFlowRun({ ...row, ...members });
    assert.ok("malformed" in parsed);
    assert.ok(
      parsed.malformed.message.endsWith(` as the Prefect API gave it: ${problem}`),
      parsed.malformed.message,
    );
    assert.equal(parsed.malformed.version, "2");
  });
}

Deno.test("flow run: given 400 000 members of a run config, when parsed, then the size is told and the run is malformed", () => {
  const env = Object.fromEntries(Array.from({ length: 400_000 }, (_, n) => [`V${n}`, "x"]));
  const parsed = parseFlowRun({ ...row, run_config: { type: "ECSRun", env } });
  assert.ok("malformed" in parsed);
  assert.match(parsed.malformed.message, /the row has \d+ characters .* of which run_config takes \d+$/);
});

for (
  const [field, members, size] of [
    ["run_config", { run_config: { task_definition: many(5998) } }, null],
    ["run_config", { run_config: { task_definition: many(5999) } }, 6001],
    ["flow", { flow: { id: "f", name: "f", environment: { containers: Array(6000).fill(null) } } }, 6005],
  ] as const
) {
  Deno.test(`rowProblem: given ${size ?? "as many values as are accepted"} in ${field}, when looked at, then they are told where they are too many`, () => {
    const expected = size === null ? undefined : `${field} has ${size} values (at most 6000 are accepted)`;
    assert.equal(rowProblem({ ...row, ...members }), expected);
  });
}

function many(members: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: members }, (_, n) => [`unknown${n}`, n]));
}

Deno.test("rowProblem: given a row at its bounds, when looked at, then there is none", () => {
  const atBounds = {
    ...row,
    id: long(256),
    name: long(1024),
    flow: { id: long(256), name: long(1024) },
    task_runs: Array(10_000).fill(taskRun),
  };
  assert.equal(rowProblem(atBounds), undefined);
});

Deno.test("rowProblem: given what is no row of a flow run, when looked at, then it is left to the parser", () => {
  assert.equal(rowProblem({ id: 7, flow: [], task_runs: {} }), undefined);
  assert.equal(rowProblem({ task_runs: [null, 3, []] }), undefined);
});

Deno.test("claimed run: given a row that is too large, when parsed, then its task can still be followed", () => {
  const state = submittedState({ message: "", state: {}, claim: someClaim(), by: "p", coreVersion: "1" });
  const env = { A: long(BOUNDS.row.most) };
  const parsed = parseMarkedRun({ ...row, serialized_state: state, run_config: { type: "ECSRun", env } });
  assert.deepEqual(parsed?.run.runConfig?.env, env);
});
