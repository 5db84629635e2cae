import assert from "node:assert/strict";
import type { Json } from "../../../schemas/json/json.ts";
import {
  type Bench,
  bench,
  created,
  firstError,
  registered,
  serializedFlow,
} from "../support/sandbox_store.ts";

/** Flows b (two versions), a and c, in that order; a run of a. */
function filled(): Bench {
  const on = bench();
  const flow = (name: string, core: string) => registered(on, serializedFlow(name, { __version__: core }));
  flow("b", "0.14.0");
  flow("b", "0.15.13");
  const a = flow("a", "0.15.13");
  flow("c", "0.14.0");
  created(on, { flow_id: a, flow_run_name: "run of a" });
  return on;
}

const LISTS: readonly (readonly [string, Json])[] = [
  ["flow { name }", [{ name: "b" }, { name: "b" }, { name: "a" }, { name: "c" }]],
  ["flow(order_by: { name: asc, version: desc }) { name version }", [
    { name: "a", version: 1 },
    { name: "b", version: 2 },
    { name: "b", version: 1 },
    { name: "c", version: 1 },
  ]],
  ["flow(order_by: [{ version: desc }, { name: desc }]) { name }", [
    { name: "b" },
    { name: "c" },
    { name: "b" },
    { name: "a" },
  ]],
  ["flow(order_by: { created: desc }, limit: 2, offset: 1) { name }", [{ name: "a" }, { name: "b" }]],
  ["flow(limit: 0) { name }", []],
  ["flow(order_by: { name: asc, version: desc }, distinct_on: name) { name version }", [
    { name: "a", version: 1 },
    { name: "b", version: 2 },
    { name: "c", version: 1 },
  ]],
  ["flow(order_by: { name: asc, version: desc }, distinct_on: [name, version]) { version }", [
    { version: 1 },
    { version: 2 },
    { version: 1 },
    { version: 1 },
  ]],
  ["flow(distinct_on: null, limit: 1) { name }", [{ name: "b" }]],
  ["flow(distinct_on: name, order_by: { name: asc }, limit: 1, offset: 2) { name }", [{ name: "c" }]],
  ["flow(where: { flow_runs: {} }) { name flow_runs { name flow { name } } }", [
    { name: "a", flow_runs: [{ name: "run of a", flow: { name: "a" } }] },
  ]],
  ["flow(limit: 1) { __typename other: name tasks(order_by: { slug: desc }, limit: 1) { s: slug } }", [
    { __typename: "flow", other: "b", tasks: [{ s: "second" }] },
  ]],
  ["flow(limit: 1) { tasks_aggregate { aggregate { count } } }", [{
    tasks_aggregate: { aggregate: { count: 2 } },
  }]],
  ["flow_run(order_by: { flow: { name: asc } }) { name agent { id } }", [{ name: "run of a", agent: null }]],
  ['flow_run { task_runs(where: { task: { slug: { _eq: "first" } } }) { state map_index } }', [
    { task_runs: [{ state: "Pending", map_index: -1 }] },
  ]],
  ["project { flows_aggregate(distinct_on: name) { aggregate { count } } }", [
    { flows_aggregate: { aggregate: { count: 3 } } },
  ]],
  [
    'flow_aggregate(where: { name: { _neq: "c" } }) { aggregate { count max { version } min { name } } nodes { name } }',
    {
      aggregate: { count: 3, max: { version: 2 }, min: { name: "a" } },
      nodes: [{ name: "b" }, { name: "b" }, { name: "a" }],
    },
  ],
  [
    "flow_aggregate { aggregate { all: count names: count(columns: name, distinct: true) sum { version } } }",
    {
      aggregate: { all: 4, names: 3, sum: { version: 5 } },
    },
  ],
  ["flow_aggregate { aggregate { count(columns: description) avg { version } } }", {
    aggregate: { count: 0, avg: { version: 1.25 } },
  }],
  ['flow_by_pk(id: "none") { id }', null],
];

for (const [query, expected] of LISTS) {
  Deno.test(`select: given flows, when asked for ${query.replaceAll(/\s+/g, " ")}, then the answer is exact`, () => {
    assert.deepEqual(filled().ask(`query { ${query} }`), expected);
  });
}

Deno.test("select: given nulls, when ordered, then they are last ascending and first descending", () => {
  const on = bench();
  for (const [name, description] of [["x", "b"], ["y", null], ["z", "a"]] as const) {
    on.mutate("create_project", { name, description }, "id");
  }
  const order = (direction: string) =>
    on.ask(`query { project(order_by: { description: ${direction} }) { name } }`);

  assert.deepEqual(order("asc"), [{ name: "z" }, { name: "x" }, { name: "y" }]);
  assert.deepEqual(order("desc"), [{ name: "y" }, { name: "x" }, { name: "z" }]);
  assert.deepEqual(order("asc_nulls_first"), [{ name: "y" }, { name: "z" }, { name: "x" }]);
  assert.deepEqual(order("desc_nulls_last"), [{ name: "x" }, { name: "z" }, { name: "y" }]);
});

Deno.test("select: given fragments, aliases and directives, when executed, then GraphQL's rules hold", () => {
  const on = filled();
  const query = `query Q($yes: Boolean = true) {
    one: flow(limit: 1) { ...names id @skip(if: $yes) }
    two: flow(limit: 1, order_by: { name: desc }) { ... on flow { name } version @include(if: $yes) name }
  }
  fragment names on flow { name }`;

  const { body } = on.execute(query);

  assert.deepEqual(body, { data: { one: [{ name: "b" }], two: [{ name: "c", version: 1 }] } });
});

Deno.test("select: given the same field twice with different selections, when executed, then both are merged", () => {
  const { body } = filled().execute("query { flow(limit: 1) { project { name } project { description } } }");

  assert.deepEqual(body, { data: { flow: [{ project: { name: "lab", description: null } }] } });
});

Deno.test("select: given several operations, when none is named, then status 400", () => {
  const on = bench();
  const query = "query A { hello } query B { tenant { slug } }";

  assert.equal(firstError(on.execute(query)).status, 400);
});

for (const argument of ["limit: -1", 'limit: "many"', "offset: 1.5"]) {
  Deno.test(`select: given ${argument}, when it is no count, then the field is refused`, () => {
    const error = firstError(bench().execute(`query { flow(${argument}) { id } }`));

    assert.equal(error.code, "validation-failed");
  });
}

Deno.test("select: given one refused field beside a good one, when executed, then the good one is answered", () => {
  const { status, body } = filled().execute("query { good: tenant { slug } bad: flow(limit: -1) { id } }");

  assert.equal(status, 200);
  assert.deepEqual(body["data"], { good: [{ slug: "default" }], bad: null });
  assert.deepEqual((body["errors"] as { path: string[] }[]).map(({ path }) => path), [["bad"]]);
});
