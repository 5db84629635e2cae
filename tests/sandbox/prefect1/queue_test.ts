import assert from "node:assert/strict";
import fc from "fast-check";
import { mayTake, QUEUE_SQL } from "../../../sandbox/prefect1/queue.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { type Bench, bench, created, registered, START_MS } from "../support/sandbox_store.ts";

function queue(on: Bench, labels: readonly string[] = [], more: JsonObject = {}): readonly string[] {
  const before = new Date(on.now() + 10_000).toISOString();
  const payload = on.mutate(
    "get_runs_in_queue",
    { before, labels, tenant_id: null, ...more },
    "flow_run_ids",
  );
  return payload["flow_run_ids"] as string[];
}

function setState(on: Bench, run: string, state: JsonObject): void {
  on.mutate("set_flow_run_states", { states: [{ flow_run_id: run, state }] }, "states { id }");
}

function taskRunOf(on: Bench, run: string): string {
  return String(on.store.all("SELECT id FROM task_run WHERE flow_run_id = ?", run)[0]?.["id"]);
}

function setTaskState(on: Bench, run: string, state: JsonObject): void {
  const states = [{ task_run_id: taskRunOf(on, run), state }];
  on.mutate("set_task_run_states", { states }, "states { id }");
}

const SOON = "2026-11-21T08:00:05+00:00";
const LATER = "2026-11-21T09:00:00+00:00";

const FILTER: readonly (readonly [JsonObject, boolean])[] = [
  [{ type: "Scheduled", start_time: SOON }, true],
  [{ type: "Scheduled", start_time: LATER }, false],
  [{ type: "Scheduled" }, true],
  [{ type: "Retrying", start_time: SOON }, true],
  [{ type: "Resume", start_time: SOON }, true],
  [{ type: "Paused", start_time: SOON }, true],
  [{ type: "Paused", start_time: LATER }, false],
  [{ type: "Queued", start_time: SOON, state: { type: "Running" } }, true],
  [{ type: "Pending" }, false],
  [{ type: "Submitted", state: { type: "Scheduled", start_time: SOON } }, false],
  [{ type: "Running" }, false],
  [{ type: "Cancelling" }, false],
  [{ type: "Cancelled" }, false],
  [{ type: "Failed" }, false],
  [{ type: "Success" }, false],
];

for (const [state, due] of FILTER) {
  Deno.test(`queue: given a run in ${JSON.stringify(state)}, when polled, then it is ${due ? "" : "not "}due`, () => {
    const on = bench();
    const run = created(on, { flow_id: registered(on), labels: [] });
    setState(on, run, state);

    assert.deepEqual(queue(on), due ? [run] : []);
  });
}

const RETRIES: readonly (readonly [JsonObject, boolean])[] = [
  [{ type: "Retrying", start_time: SOON }, true],
  [{ type: "Retrying", start_time: LATER }, false],
  [{ type: "Paused", start_time: SOON }, true],
  [{ type: "Queued", start_time: SOON, state: { type: "Pending" } }, true],
  [{ type: "Submitted", state: { type: "Retrying", start_time: SOON } }, false],
  [{ type: "Running" }, false],
];

for (const [state, due] of RETRIES) {
  Deno.test(`queue: given a running run with a task run in ${JSON.stringify(state)}, when polled, then due: ${due}`, () => {
    const on = bench();
    const run = created(on, { flow_id: registered(on), labels: [] });
    setState(on, run, { type: "Running" });
    setTaskState(on, run, state);

    assert.deepEqual(queue(on), due ? [run] : []);
  });
}

Deno.test("queue: given a failed run with a task run that waits, when polled, then nothing is due", () => {
  const on = bench();
  const run = created(on, { flow_id: registered(on), labels: [] });
  setState(on, run, { type: "Running" });
  setTaskState(on, run, { type: "Retrying", start_time: SOON });
  setState(on, run, { type: "Failed" });

  assert.deepEqual(queue(on), []);
});

const LABELS: readonly (readonly [readonly string[], readonly string[], boolean])[] = [
  [[], [], true],
  [["a"], [], false],
  [[], ["a"], false],
  [["a"], ["a"], true],
  [["a", "b"], ["a"], true],
  [["a"], ["a", "b"], false],
];

for (const [agent, run, fits] of LABELS) {
  Deno.test(`queue: given an agent with [${agent}], when a run with [${run}] waits, then it fits: ${fits}`, () => {
    const on = bench();
    const id = created(on, { flow_id: registered(on), labels: [...run] });

    assert.deepEqual(queue(on, agent), fits ? [id] : []);
  });
}

Deno.test("queue: given any labels, when compared, then more labels of an agent never cost it a labelled run", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 3 });
  fc.assert(fc.property(words, words, fc.constantFrom("a", "b", "c"), (agent, run, extra) => {
    fc.pre(run.length > 0 && mayTake(new Set(agent), run));
    assert.ok(mayTake(new Set([...agent, extra]), run));
  }));
});

Deno.test("queue: given more than a page, when polled, then 25 come, the longest waiting first", () => {
  const on = bench();
  const flow = registered(on);
  const minute = (n: number) => new Date(START_MS - n * 60_000).toISOString();
  const runs = Array.from({ length: 30 }, (_, n) => {
    return created(on, { flow_id: flow, labels: [], scheduled_start_time: minute(n) });
  });

  assert.deepEqual(queue(on), runs.toReversed().slice(0, 25));
});

Deno.test("queue: given a full page of runs for others, when polled, then they do not hide one's own", () => {
  const on = bench();
  const flow = registered(on);
  for (let n = 0; n < 60; n++) created(on, { flow_id: flow, labels: ["other"] });
  const own = created(on, { flow_id: flow, labels: ["mine"] });

  assert.deepEqual(queue(on, ["mine"]), [own]);
});

Deno.test("queue: given another tenant, when it polls, then nothing of the first one's is seen", () => {
  const on = bench();
  const run = created(on, { flow_id: registered(on), labels: [] });
  const { id } = on.mutate("create_tenant", { name: "Other", slug: "other" }, "id");

  assert.deepEqual(queue(on, [], { tenant_id: id ?? null }), []);
  assert.deepEqual(queue(on), [run]);
});

Deno.test("queue: given the plan of its two statements, when SQLite explains them, then only the indexes are read", () => {
  const on = bench();
  const plan = (sql: string, ...binds: string[]) =>
    on.store.all(`EXPLAIN QUERY PLAN ${sql}`, ...binds).map((row) => String(row["detail"])).join("; ");

  assert.match(plan(QUEUE_SQL.waiting, "t", "2026"), /^SEARCH flow_run USING INDEX queue_flow_run[^;]*$/);
  assert.match(
    plan(QUEUE_SQL.retrying, "2026", "t"),
    /^SEARCH t USING INDEX queue_task_run[^;]*; SEARCH r USING INDEX/,
  );
});

Deno.test("agents: given the same agent again, when registered, then it keeps its id; any difference makes another", () => {
  const on = bench();
  const register = (input: JsonObject, core = "0.15.13") =>
    on.mutate("register_agent", { type: "ECSAgent", ...input }, "id", { coreVersion: core })["id"];
  const first = register({ name: "one", labels: ["b", "a"] });

  assert.equal(register({ name: "one", labels: ["a", "b", "a"] }), first);
  const others = [
    register({ name: "two", labels: ["a", "b"] }),
    register({ name: "one", labels: ["a"] }),
    register({ name: "one", labels: ["a", "b"] }, "1.4.1"),
    register({ name: "one", labels: ["a", "b"], type: "LocalAgent" }),
  ];
  assert.equal(new Set([first, ...others]).size, 5);
});

Deno.test("agents: given a poll, when it names its agent, then that one was seen now", () => {
  const on = bench();
  const { id } = on.mutate("register_agent", { type: "ECSAgent" }, "id");
  on.at(START_MS + 60_000);

  on.mutate("get_runs_in_queue", { labels: [] }, "flow_run_ids", { agentId: String(id) });

  assert.deepEqual(on.ask("query { agent { last_queried name labels } }"), [
    { last_queried: "2026-11-21T08:01:00.000000+00:00", name: "agent", labels: [] },
  ]);
});
