import assert from "node:assert/strict";
import { type GivenKwarg, mergeKwargs, parseKwargs } from "../../../flavours/fargate_agent/kwargs.ts";
import {
  awsKwargRows,
  awsKwargs,
  containerKwargs,
  containerVariable,
} from "../../../flavours/fargate_agent/kwarg_rows.ts";
import { fargateKwargRows, fargateOptionRows } from "../../../flavours/fargate_agent/options.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { at, goldenCases, goldenPython, onWire } from "../../support/goldens/golden.ts";

function given(kwargs: JsonObject): ReadonlyMap<string, GivenKwarg> {
  return new Map(
    Object.entries(kwargs).map(([name, value]) =>
      [name, { value: goldenPython(value ?? null), source: { from: "flag", name } }] as const
    ),
  );
}

// F-JSON-LITERALS: JSON that is no Python literal stayed text, here it is read.
function asJson(recorded: Json): Json {
  return Object.fromEntries(
    Object.entries(mapping(recorded)).map(([name, value]) =>
      typeof value === "string" ? [name, JSON.parse(value)] : [name, value]
    ),
  );
}

const NOT_FOR_AWS = new Set(["name", "labels", "env_vars", "launch_type", "agent_config_id", "max_polls"]);

for (const group of ["agent_init", "agent_env", "random_agent", "external_kwargs"]) {
  for (const { id, quirks, json } of goldenCases(`fargate/${group}`)) {
    const parsed = at(json, "expect", "parsed");
    if (quirks.length > 0 || Object.keys(parsed).length === 0 || json.agent === undefined) continue;
    const kwargs = at(json, "agent", "kwargs");
    if ("argv" in at(json, "agent")) continue;
    Deno.test(`parseKwargs: given ${id}, when parsed, then the recorded three groups come out`, () => {
      const env = Object.fromEntries(
        Object.entries(at(json, "agent", "env")).map(([name, value]) => [name, String(value)]),
      );
      const forAws = Object.entries(kwargs).filter(([name]) => !NOT_FOR_AWS.has(name) && !name.includes("_"));

      const { definition, run, container, problems } = parseKwargs({
        given: given(Object.fromEntries(forAws)),
        env,
      });

      assert.deepEqual(problems, []);
      assert.deepEqual(definition, onWire(mapping(parsed.task_definition)));
      assert.deepEqual(run, onWire(mapping(parsed.task_run)));
      assert.deepEqual(container, asJson(onWire(mapping(parsed.container_definition))));
    });
  }
}

Deno.test("parseKwargs: given nothing and no variables, when parsed, then there is nothing at all", () => {
  const { sources, ...rest } = parseKwargs({ given: new Map(), env: {} });

  assert.deepEqual(rest, { definition: {}, run: {}, container: {}, warnings: [], problems: [] });
  assert.deepEqual(sources, {});
});

Deno.test("parseKwargs: given several faults, when parsed, then every one is told with its place", () => {
  const { problems } = parseKwargs({ given: given({ count: "two" }), env: { tags: "x", cluster: "['a']" } });

  assert.deepEqual(problems.map(({ field }) => field).sort(), ["cluster", "count", "tags"]);
  assert.ok(problems.some(({ message }) => message.includes("(flag count)")));
  assert.ok(problems.some(({ message }) => message.includes("(variable tags)")));
});

Deno.test("parseKwargs: given a variable for every parameter, when parsed, then each lands where its row says", () => {
  const sample = { text: "x", size: "1", integer: "1", flag: "True", list: "[]", mapping: "{'a': 'b'}" };
  const env = Object.fromEntries([
    ...[...awsKwargs.values()].map((row) => [row.name, sample[row.kind]]),
    ...[...containerKwargs.values()].map((row) => [containerVariable(row.name), sample[row.kind]]),
  ]);

  const { definition, run, container, sources } = parseKwargs({ given: new Map(), env });

  for (const { name, groups } of awsKwargs.values()) {
    assert.equal(name in definition, groups.includes("definition"), name);
    assert.equal(name in run, groups.includes("run"), name);
    assert.deepEqual(sources[name], { from: "variable", name });
  }
  assert.deepEqual(Object.keys(container).sort(), [...containerKwargs.keys()].sort());
});

Deno.test("parseKwargs: given empty members of every kind in the container, when parsed, then they count as empty", () => {
  for (const empty of ["", false, 0, [], {}]) {
    const { container, problems } = parseKwargs({
      given: given({ containerDefinitions: [{ environment: empty, logConfiguration: empty }] }),
      env: { containerDefinitions_environment: "[{'name': 'A', 'value': 'b'}]" },
    });

    assert.deepEqual([container, problems], [{ environment: [], logConfiguration: {} }, []]);
  }
});

Deno.test("mergeKwargs: given a member in both, when merged, then the second wins as a whole and the first stays as it was", () => {
  const base = parseKwargs({ given: given({ tags: [{ key: "a", value: "1" }], cpu: "256" }), env: {} });
  const over = parseKwargs({ given: given({ tags: [{ key: "b", value: "2" }], cluster: "c" }), env: {} });

  const merged = mergeKwargs(base, over);

  assert.deepEqual(merged.definition, { tags: [{ key: "b", value: "2" }], cpu: "256" });
  assert.deepEqual(merged.run, { tags: [{ key: "b", value: "2" }], cluster: "c" });
  assert.deepEqual(base.definition.tags, [{ key: "a", value: "1" }]);
});

Deno.test("option rows: given every row of the flavour, when looked at, then names are unique and each is described", () => {
  const rows = [...fargateOptionRows, ...fargateKwargRows];

  assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
  for (const row of rows) assert.match(row.description, /^[A-Z].*[^.]$/, row.name);
  for (const row of awsKwargRows.filter(({ name }) => name !== "containerDefinitions")) {
    assert.ok(row.variable !== undefined, row.name);
  }
});
