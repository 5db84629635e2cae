import assert from "node:assert/strict";
import { parseFlowRunFile } from "../../../schemas/prefect1/flow_run_file.ts";
import { failureOf } from "../../support/goldens/ecs_plan.ts";

const ROW = {
  id: "r1",
  flow: { id: "f1", name: "etl", version: 3, core_version: "1.4.1" },
  run_config: { type: "ECSRun" },
};

for (
  const [what, content] of [
    ["a row", ROW],
    ["a list", [ROW]],
    ["an answer", { data: { flow_run: [ROW] } }],
    ["data of an answer", { flow_run: [ROW] }],
  ] as const
) {
  Deno.test(`flow run file: given ${what}, when parsed, then the run is there`, () => {
    const run = parseFlowRunFile(`\ufeff${JSON.stringify(content)}`, "run.json");

    assert.deepEqual([run.id, run.flow.name, run.flow.version, run.stateType], ["r1", "etl", 3, "Scheduled"]);
    assert.deepEqual(run.runConfig, { type: "ECSRun" });
  });
}

for (
  const [what, text, message] of [
    ["no JSON", "{hush", /Cannot read the flow run in run\.json \(--flow-run-file\): it is not JSON$/],
    ["no id", "{}", /run\.json .*id is missing/],
    ["an empty answer", '{"data": {"flow_run": []}}', /run\.json/],
    ["no flow", '{"id": "r1"}', /flow run r1 .*flow is missing/],
  ] as const
) {
  Deno.test(`flow run file: given ${what}, when parsed, then file and field are named`, () => {
    const failure = failureOf(() => parseFlowRunFile(text, "run.json"));

    assert.equal(failure.tag, "configuration");
    assert.match(failure.message, message);
  });
}
