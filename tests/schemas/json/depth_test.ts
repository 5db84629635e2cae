import assert from "node:assert/strict";
import fc from "fast-check";
import { isDeeperThan, MAX_DEPTH } from "../../../schemas/json/depth.ts";
import { parseExternalKwargs } from "../../../flavours/fargate_agent/external_kwargs.ts";
import { parseYamlObject } from "../../../schemas/yaml/yaml.ts";
import { failureOf } from "../../support/goldens/ecs_plan.ts";
import { someFlowRun } from "../../support/flow_run.ts";
import { parseFlowRun } from "../../../schemas/prefect1/rows.ts";

/** Depth by recursion, which the checked function must do without. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

Deno.test("depth: given any JSON, when compared with levels, then it is deeper than fewer and not deeper than its own", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat({ max: 8 }), (value, levels) => {
    assert.equal(isDeeperThan(value, levels), depthOf(value) > levels);
  }));
});

Deno.test("depth: given a value deeper than any stack, when it is measured, then the answer comes", () => {
  const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));

  assert.equal(isDeeperThan(deep, MAX_DEPTH), true);
});

Deno.test("flow run: given a state that nests without end, when the row is read, then only this run is malformed", () => {
  const deep = JSON.parse('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000));
  const parsed = parseFlowRun({
    id: "r1",
    version: 3,
    serialized_state: { type: "Scheduled", deep },
    flow: { name: "f" },
  });

  assert.ok("malformed" in parsed);
  assert.equal(parsed.malformed.id, "r1");
  assert.equal(parsed.malformed.version, "3");
  assert.match(parsed.malformed.message, /nests deeper than 200 levels/);
});

const nested = (levels: number, key = '{"a":') => `${key.repeat(levels)}1${"}".repeat(levels)}`;

// The last is as deep as a file of 256 KiB can be.
for (const levels of [220, 1_000, 3_000, 43_000]) {
  Deno.test(`depth: given files that nest ${levels} deep, when they are read, then each is refused by name`, () => {
    const text = `{"volumes": [${nested(levels)}]}`;
    const kwargs = failureOf(() => parseExternalKwargs(someFlowRun(), { text, place: "s3://kw/etl.json" }));
    const template = failureOf(() =>
      parseYamlObject(`{volumes: [${nested(levels, "{a: ")}]}`, { source: "t.yaml" })
    );

    assert.equal(kwargs.tag, "badFlowRun");
    assert.match(kwargs.message, /s3:\/\/kw\/etl.json (is nested too deeply|is not JSON|has \d+ values)/);
    assert.equal(template.tag, "configuration");
    assert.match(template.message, /t.yaml as YAML: (it is nested too deeply|more than \d+ tokens)/);
  });
}

Deno.test("depth: given files that nest 100 deep, when they are read, then their whole value is taken", () => {
  const text = `{"volumes": [${nested(100)}]}`;
  const expected: unknown = JSON.parse(text);

  const kwargs = parseExternalKwargs(someFlowRun(), { text, place: "s3://kw/etl.json" });
  const template = parseYamlObject(`{volumes: [${nested(100, "{a: ")}]}`, { source: "t.yaml" });

  assert.equal(depthOf(expected), 102);
  assert.deepEqual(kwargs.definition, expected);
  assert.deepEqual(template, expected);
});
