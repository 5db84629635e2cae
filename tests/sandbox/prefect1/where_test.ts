import assert from "node:assert/strict";
import { isJsonObject, type JsonObject } from "../../../schemas/json/json.ts";
import {
  type Bench,
  bench,
  created,
  firstError,
  registered,
  serializedFlow,
} from "../support/sandbox_store.ts";

/** Three projects, two flows with three runs: enough to tell every operator apart. */
function filled(): Bench {
  const on = bench();
  for (const name of ["Alpha", "beta", "gam_ma"]) {
    const described = name === "beta" ? {} : { description: `about ${name}` };
    on.mutate("create_project", { name, ...described }, "id");
  }
  const etl = registered(
    on,
    serializedFlow("etl", { run_config: { type: "UniversalRun", labels: ["lab"] } }),
  );
  const report = registered(on, serializedFlow("report"));
  created(on, { flow_id: etl, flow_run_name: "one", parameters: { n: 1, deep: { list: [1, 2] } } });
  created(on, {
    flow_id: etl,
    flow_run_name: "two",
    labels: ["a", "b"],
    scheduled_start_time: "2030-01-01T00:00:00Z",
  });
  created(on, { flow_id: report, flow_run_name: "three", parameters: { n: 3 } });
  return on;
}

function names(on: Bench, table: string, where: string): readonly string[] {
  const rows = on.ask(`query { ${table}(where: ${where}, order_by: { created: asc }) { name } }`);
  assert.ok(Array.isArray(rows));
  return rows.filter(isJsonObject).map((row) => String(row["name"]));
}

const PROJECTS: readonly (readonly [string, readonly string[]])[] = [
  ["{}", ["Alpha", "beta", "gam_ma", "lab"]],
  ['{ name: { _eq: "beta" } }', ["beta"]],
  ['{ name: { _neq: "beta" } }', ["Alpha", "gam_ma", "lab"]],
  ["{ name: { _eq: null } }", ["Alpha", "beta", "gam_ma", "lab"]],
  ['{ name: { _in: ["beta", "lab", "none"] } }', ["beta", "lab"]],
  ["{ name: { _in: [] } }", []],
  ["{ name: { _nin: [] } }", ["Alpha", "beta", "gam_ma", "lab"]],
  ['{ name: { _nin: ["beta", null] } }', ["Alpha", "gam_ma", "lab"]],
  ['{ name: { _gt: "b", _lt: "g" } }', ["beta"]],
  ['{ name: { _gte: "beta", _lte: "beta" } }', ["beta"]],
  ['{ name: { _like: "%a" } }', ["Alpha", "beta", "gam_ma"]],
  ['{ name: { _like: "a%" } }', []],
  ['{ name: { _ilike: "a%" } }', ["Alpha"]],
  ['{ name: { _nlike: "%a%" } }', []],
  ['{ name: { _nilike: "a%" } }', ["beta", "gam_ma", "lab"]],
  ['{ name: { _like: "gam\\\\_ma" } }', ["gam_ma"]],
  ['{ name: { _like: "bet\\\\_" } }', []],
  ['{ name: { _like: "bet_" } }', ["beta"]],
  ["{ description: { _is_null: true } }", ["beta", "lab"]],
  ["{ description: { _is_null: false } }", ["Alpha", "gam_ma"]],
  ["{ description: { _is_null: null } }", ["Alpha", "beta", "gam_ma", "lab"]],
  ['{ description: { _neq: "about Alpha" } }', ["gam_ma"]],
  ['{ _and: [{ name: { _neq: "lab" } }, { description: { _is_null: true } }] }', ["beta"]],
  ['{ _and: { name: { _eq: "lab" } } }', ["lab"]],
  ['{ _and: [{}, { name: { _eq: "lab" } }] }', ["lab"]],
  ['{ _or: [{ name: { _eq: "lab" } }, { name: { _eq: "beta" } }] }', ["beta", "lab"]],
  ["{ _or: [] }", []],
  ["{ _and: [] }", ["Alpha", "beta", "gam_ma", "lab"]],
  ['{ _not: { name: { _eq: "lab" } } }', ["Alpha", "beta", "gam_ma"]],
  ["{ flows: {} }", ["lab"]],
  ['{ flows: { name: { _eq: "etl" } } }', ["lab"]],
  ['{ flows: { name: { _eq: "none" } } }', []],
  ["{ _not: { flows: {} } }", ["Alpha", "beta", "gam_ma"]],
];

for (const [where, expected] of PROJECTS) {
  Deno.test(`where: given projects, when asked for ${where}, then ${expected.length} are found`, () => {
    assert.deepEqual(names(filled(), "project", where), expected);
  });
}

const RUNS: readonly (readonly [string, readonly string[]])[] = [
  ['{ flow: { name: { _eq: "etl" } } }', ["one", "two"]],
  ['{ flow: { project: { name: { _eq: "lab" } }, name: { _eq: "report" } } }', ["three"]],
  ["{ version: { _eq: 1 } }", ["one", "two", "three"]],
  ['{ version: { _eq: "1" } }', ["one", "two", "three"]],
  ["{ version: { _gt: 1 } }", []],
  ["{ auto_scheduled: { _eq: false } }", ["one", "two", "three"]],
  ['{ labels: { _eq: ["lab"] } }', ["one"]],
  ['{ labels: { _contains: "a" } }', ["two"]],
  ['{ labels: { _contains: ["b", "a"] } }', ["two"]],
  ['{ labels: { _contained_in: ["lab", "x"] } }', ["one", "three"]],
  ['{ labels: { _has_key: "lab" } }', ["one"]],
  ['{ labels: { _has_keys_any: ["lab", "a"] } }', ["one", "two"]],
  ['{ labels: { _has_keys_all: ["a", "b"] } }', ["two"]],
  ["{ parameters: { _contains: { n: 1 } } }", ["one"]],
  ["{ parameters: { _contains: { deep: { list: [2] } } } }", ["one"]],
  ['{ parameters: { _has_key: "n" } }', ["one", "three"]],
  ["{ parameters: { _eq: { n: 3 } } }", ["three"]],
  ["{ parameters: { _neq: { n: 3 } } }", ["one", "two"]],
  ['{ scheduled_start_time: { _gt: "2030-01-01T01:00:00+02:00" } }', ["two"]],
  ['{ scheduled_start_time: { _lt: "2030-01-01" } }', ["one", "three"]],
  ['{ scheduled_start_time: { _eq: "2029-12-31 19:00:00.000-0500" } }', ["two"]],
  ['{ task_runs: { state: { _eq: "Pending" }, task: { slug: { _eq: "first" } } } }', ["one", "two", "three"]],
  ['{ task_runs: { state: { _eq: "Running" } } }', []],
  ['{ states: { state: { _eq: "Scheduled" }, version: { _eq: 1 } } }', ["one", "two", "three"]],
];

for (const [where, expected] of RUNS) {
  Deno.test(`where: given flow runs, when asked for ${where}, then ${expected.length} are found`, () => {
    assert.deepEqual(names(filled(), "flow_run", where), expected);
  });
}

Deno.test("where: given variables that are null or absent, when used in a filter, then they filter nothing", () => {
  const on = filled();
  const query =
    "query($slug: String, $id: uuid) { tenant(where: { slug: { _eq: $slug }, id: { _eq: $id } }) { id } }";

  assert.deepEqual(on.ask(query, { slug: "default", id: null }), [{ id: on.tenantId }]);
  assert.deepEqual(on.ask(query, { id: on.tenantId }), [{ id: on.tenantId }]);
  assert.deepEqual(on.ask(query, { slug: "another" }), []);
});

const WRONG: readonly (readonly [string, JsonObject, RegExp])[] = [
  ["query { project(where: { nme: { _eq: 1 } }) { id } }", {}, /"nme" not found in type: 'project_bool_exp'/],
  ["query { project(where: { name: { _is: 1 } }) { id } }", {}, /"_is" not found/],
  ["query { project(where: { name: 1 }) { id } }", {}, /expected an object of comparisons/],
  ["query { flow_run(where: { labels: { _like: 1 } }) { id } }", {}, /"_like" not found/],
  ["query { flow_run(where: { version: { _ilike: 1 } }) { id } }", {}, /"_ilike" not found/],
  ["query { project(where: [1]) { id } }", {}, /expected an object/],
  ["query { project(were: {}) { id } }", {}, /Unknown argument "were"/],
  ["query { project(order_by: { name: up }) { id } }", {}, /unexpected value "up"/],
  ["query { project(order_by: { nme: asc }) { id } }", {}, /"nme" not found in type: 'project_order_by'/],
  ["query { flow(order_by: { settings: asc }) { id } }", {}, /"settings" not found/],
  ["query { project(distinct_on: nme) { id } }", {}, /project_select_column/],
  ["query { project { nme } }", {}, /Cannot query field "nme" on type "project"/],
  ["query { project { flows { nme } } }", {}, /Cannot query field "nme" on type "flow"/],
  ["query { project { name { x } } }", {}, /must not have a selection/],
  ["query { project }", {}, /must have a selection/],
  ["query { projects { id } }", {}, /Cannot query field "projects" on type "Query"/],
  ["query { secret { value } }", {}, /Cannot query field "secret"/],
  ["mutation { project { id } }", {}, /Cannot query field "project" on type "Mutation"/],
  ["query { project { id }", {}, /Syntax Error/],
  ["query { flow_by_pk { id } }", {}, /takes one argument/],
  ["query { project(where: { name: { _eq: $x } }) { id } }", {}, /Variable "\$x" is not defined/],
  ["query($x: String!) { project(where: { name: { _eq: $x } }) { id } }", {}, /"\$x" of a required type/],
  ["query { ...missing }", {}, /Unknown fragment/],
  ["query { ...a } fragment a on query_root { ...a }", {}, /within itself/],
  ["subscription { project { id } }", {}, /Subscriptions/],
];

for (const [query, variables, message] of WRONG) {
  Deno.test(`where: given the wrong document ${query}, when executed, then status 400 says why`, () => {
    const error = firstError(bench().execute(query, variables));

    assert.equal(error.status, 400);
    assert.match(error.message, message);
  });
}

const BAD_VALUES = [
  '{ scheduled_start_time: { _lt: "yesterday" } }',
  '{ scheduled_start_time: { _lt: "2026-02-30" } }',
  '{ version: { _eq: "many" } }',
  '{ auto_scheduled: { _eq: "perhaps" } }',
];

for (const where of BAD_VALUES) {
  Deno.test(`where: given the value in ${where}, when it is not of the column's type, then the field is refused`, () => {
    const error = firstError(bench().execute(`query { flow_run(where: ${where}) { id } }`));

    assert.equal(error.status, 200);
    assert.equal(error.code, "data-exception");
  });
}
