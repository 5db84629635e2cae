import assert from "node:assert/strict";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { prefect3World, withDeployment } from "../../support/prefect3_world.ts";

/** Three runs: `due` waits for its time, `late` has begun and not ended, `done` has ended. */
async function threeRuns() {
  const world = prefect3World();
  const { run, propose } = await withDeployment(world);
  const due = await run({ name: "due", tags: ["a"] });
  const late = await run({ name: "late", tags: ["a", "b"], idempotency_key: "k" });
  const done = await run({ name: "done" });
  for (const { id } of [late, done]) {
    await propose(id, { type: "PENDING" });
    await world.clock.advance(60_000);
    await propose(id, { type: "RUNNING" });
  }
  await propose(done.id, { type: "COMPLETED" });
  return { world, ids: { due: due.id, late: late.id, done: done.id } };
}

const NOON = "2026-12-01T05:01:30Z";

/** Filters, and the names of the runs that fit them. */
const FILTERS: readonly (readonly [filter: JsonObject, names: readonly string[]])[] = [
  [{}, ["done", "due", "late"]],
  [{ name: { like_: "D" } }, ["done", "due"]],
  [{ name: { any_: ["due", "late"] }, tags: { all_: ["b"] } }, ["late"]],
  [{ operator: "or_", name: { any_: ["due"] }, tags: { all_: ["b"] } }, ["due", "late"]],
  [{ tags: { any_: ["a"] } }, ["due", "late"]],
  [{ tags: { is_null_: true } }, ["done"]],
  [{ tags: { operator: "or_", all_: ["b"], is_null_: true } }, ["done", "late"]],
  [{ state: { type: { not_any_: ["SCHEDULED"] } } }, ["done", "late"]],
  [{ state: { operator: "or_", type: { any_: ["COMPLETED"] }, name: { any_: ["Scheduled"] } } }, [
    "done",
    "due",
  ]],
  [{ start_time: { is_null_: true } }, ["due"]],
  [{ start_time: { after_: NOON } }, ["done"]],
  [{ start_time: { before_: NOON, is_null_: false } }, ["late"]],
  [{ end_time: { is_null_: false } }, ["done"]],
  [{ operator: "or_", start_time: { before_: NOON, is_null_: false }, name: { any_: ["done"] } }, [
    "done",
    "late",
  ]],
  [{ expected_start_time: { after_: NOON } }, []],
  [{ next_scheduled_start_time: { before_: NOON } }, ["due"]],
  [{ idempotency_key: { any_: ["k"] } }, ["late"]],
  [{ work_queue_name: { any_: ["default"] } }, ["done", "due", "late"]],
  [{ work_queue_name: { is_null_: true } }, []],
  [{ parent_task_run_id: { is_null_: false } }, []],
];

for (const [filter, names] of FILTERS) {
  Deno.test(`filter of flow runs: given ${JSON.stringify(filter)}, then ${names.join(" and ") || "none"}`, async () => {
    const { world } = await threeRuns();

    const { body } = await world.ask("POST", "/flow_runs/filter", { flow_runs: filter, sort: "NAME_ASC" });
    const { body: count } = await world.ask("POST", "/flow_runs/count", { flow_runs: filter });

    assert.deepEqual((body as JsonObject[]).map(({ name }) => name), names);
    assert.equal(count, names.length);
  });
}

Deno.test("filter of flow runs: given ids, then those are meant and others are left out", async () => {
  const { world, ids } = await threeRuns();
  const named = async (id: JsonObject) =>
    ((await world.ask("POST", "/flow_runs/filter", { flow_runs: { id }, sort: "NAME_DESC" }))
      .body as JsonObject[]).map(({ name }) => name);

  assert.deepEqual(await named({ any_: [ids.due, ids.done] }), ["due", "done"]);
  assert.deepEqual(await named({ not_any_: [ids.due] }), ["late", "done"]);
});
