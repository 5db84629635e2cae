import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { type Bench, bench, created, registered, serializedFlow } from "../support/sandbox_store.ts";

function groupOf(on: Bench, flow: string): string {
  return String(on.store.byId("flow", flow)?.["flow_group_id"]);
}

function run(on: Bench, id: string): JsonObject {
  return on.store.byId("flow_run", id) ?? {};
}

interface LabelCase {
  readonly input?: JsonObject;
  readonly group?: JsonObject;
  readonly flow?: JsonObject;
  readonly labels: readonly string[];
}

const config = (...labels: string[]): JsonObject => ({ type: "ECSRun", labels });

const LABELS: readonly LabelCase[] = [
  { labels: [] },
  { flow: { run_config: config("f") }, labels: ["f"] },
  { flow: { environment: { labels: ["e"] } }, labels: ["e"] },
  { flow: { run_config: config("f"), environment: { labels: ["e"] } }, labels: ["f"] },
  { flow: { run_config: { type: "ECSRun" }, environment: { labels: ["e"] } }, labels: ["e"] },
  { flow: { run_config: config("f") }, group: { run_config: config("g") }, labels: ["g"] },
  { flow: { run_config: config("f") }, group: { labels: ["l"], run_config: config("g") }, labels: ["l"] },
  { flow: { run_config: config("f") }, group: { labels: [] }, labels: [] },
  { group: { labels: ["l"] }, input: { run_config: config("i") }, labels: ["i"] },
  { group: { labels: ["l"] }, input: { run_config: { type: "ECSRun" } }, labels: [] },
  {
    group: { labels: ["l"] },
    input: { labels: ["z", "a", "z"], run_config: config("i") },
    labels: ["a", "z"],
  },
  { flow: { run_config: config("f") }, input: { labels: [] }, labels: [] },
  { flow: { run_config: config("f") }, input: { labels: null, run_config: null }, labels: ["f"] },
];

for (const { input = {}, group = {}, flow = {}, labels } of LABELS) {
  Deno.test(`labels: given ${JSON.stringify({ input, group, flow })}, when created, then [${labels}]`, () => {
    const on = bench();
    const flow_id = registered(on, serializedFlow("etl", flow));
    const flow_group_id = groupOf(on, flow_id);
    if ("labels" in group) {
      on.mutate("set_flow_group_labels", { flow_group_id, labels: group["labels"] ?? null }, "success");
    }
    if ("run_config" in group) {
      on.mutate(
        "set_flow_group_run_config",
        { flow_group_id, run_config: group["run_config"] ?? null },
        "success",
      );
    }

    assert.deepEqual(run(on, created(on, { flow_id, ...input }))["labels"], labels);
  });
}

const PARAMETERS: Json = [
  { name: "n", required: false, default: 3 },
  { name: "empty", required: false, default: [] },
  { name: "zero", required: false, default: 0 },
  { name: "must", required: true, default: null },
];

Deno.test("parameters: given defaults, when created, then those that are not empty are under what is given", () => {
  const on = bench();
  const flow_id = registered(on, serializedFlow("etl", { parameters: PARAMETERS }));

  const id = created(on, { flow_id, parameters: { must: "x", extra: null } });

  assert.deepEqual(run(on, id)["parameters"], { n: 3, must: "x", extra: null });
});

Deno.test("parameters: given defaults of the group, when created, then they stand between", () => {
  const on = bench();
  const flow_id = registered(on, serializedFlow("etl", { parameters: PARAMETERS }));
  const parameters = { n: 5, must: "group" };
  on.mutate(
    "set_flow_group_default_parameters",
    { flow_group_id: groupOf(on, flow_id), parameters },
    "success",
  );

  assert.deepEqual(run(on, created(on, { flow_id }))["parameters"], { n: 5, must: "group" });
  assert.deepEqual(run(on, created(on, { flow_id, parameters: { n: 0 } }))["parameters"], {
    n: 0,
    must: "group",
  });
});

Deno.test("parameters: given a required one that is missing, when created, then it is named and nothing is kept", () => {
  const on = bench();
  const flow_id = registered(on, serializedFlow("etl", { parameters: PARAMETERS }));

  const error = on.refused("create_flow_run", { flow_id, parameters: {} }, "id");

  assert.equal(error.message, "Required parameters were not supplied: {'must'}");
  assert.deepEqual(on.ask("query { flow_run { id } }"), []);
});

Deno.test("creation: given what a caller may say, when created, then the run has it", () => {
  const on = bench();
  const flow_id = registered(on, serializedFlow("etl", { run_config: config("f") }));

  const id = created(on, {
    flow_id,
    flow_run_name: "named",
    context: { a: 1 },
    run_config: { type: "ECSRun", cpu: "256" },
    scheduled_start_time: "2026-11-21T10:00:00.123456789+01:00",
  });

  const { name, context, run_config, scheduled_start_time, state_start_time, serialized_state } = run(on, id);
  assert.deepEqual({ name, context, run_config, scheduled_start_time, state_start_time, serialized_state }, {
    name: "named",
    context: { a: 1 },
    run_config: { type: "ECSRun", cpu: "256" },
    scheduled_start_time: "2026-11-21T09:00:00.123456+00:00",
    state_start_time: "2026-11-21T09:00:00.123456+00:00",
    serialized_state: {
      type: "Scheduled",
      message: "Flow run scheduled.",
      start_time: "2026-11-21T09:00:00.123456+00:00",
      context: {},
      cached_inputs: {},
      _result: { type: "NoResultType" },
    },
  });
});

Deno.test("creation: given no name, when created, then the run has one of two words", () => {
  const on = bench();

  assert.match(String(run(on, created(on, { flow_id: registered(on) }))["name"]), /^[a-z]+-[a-z]+$/);
});

Deno.test("creation: given a run config of flow, group and caller, when created, then the nearest one counts", () => {
  const on = bench();
  const flow_id = registered(on, serializedFlow("etl", { run_config: config("f") }));
  const configOf = (input: JsonObject) =>
    (run(on, created(on, { flow_id, ...input }))["run_config"] as JsonObject)["labels"];

  assert.deepEqual(configOf({}), ["f"]);
  const group = { flow_group_id: groupOf(on, flow_id), run_config: config("g") };
  on.mutate("set_flow_group_run_config", group, "success");
  assert.deepEqual(configOf({}), ["g"]);
  assert.deepEqual(configOf({ run_config: config("i") }), ["i"]);
});

Deno.test("creation: given an idempotency key, when it repeats, then it is the first run", () => {
  const on = bench();
  const flow_id = registered(on);
  const first = created(on, { flow_id, idempotency_key: "k" });

  assert.equal(created(on, { flow_id, idempotency_key: "k" }), first);
  assert.notEqual(created(on, { flow_id, idempotency_key: "other" }), first);
  assert.notEqual(created(on, { flow_id }), created(on, { flow_id, idempotency_key: null }));
});

Deno.test("creation: given a version group, when a run is created, then it is one of the newest version", () => {
  const on = bench();
  registered(on, serializedFlow("etl"), { version_group_id: "group" });
  const second = registered(on, serializedFlow("etl"), { version_group_id: "group" });

  assert.equal(run(on, created(on, { version_group_id: "group" }))["flow_id"], second);
});

Deno.test("creation: given no, an unknown or an archived flow, when a run is created, then it is refused", () => {
  const on = bench();
  const first = registered(on);
  registered(on);

  assert.match(on.refused("create_flow_run", {}, "id").message, /flow_id or version_group_id/);
  assert.equal(on.refused("create_flow_run", { flow_id: "none" }, "id").message, "Flow none not found");
  assert.match(
    on.refused("create_flow_run", { version_group_id: "none" }, "id").message,
    /no unarchived flows/,
  );
  assert.match(on.refused("create_flow_run", { flow_id: first }, "id").message, /is archived/);
});
