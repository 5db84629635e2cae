import assert from "node:assert/strict";
import { externalKey, parseExternalKwargs } from "../../../flavours/fargate_agent/external_kwargs.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { failureOf } from "../../support/goldens/ecs_plan.ts";
import { at, goldenCases } from "../../support/goldens/golden.ts";
import { mappings } from "../../../schemas/json/shape.ts";
import { goldenFlowRun, someFlowRun } from "../../support/flow_run.ts";

for (const { id, json } of goldenCases("fargate/external_kwargs")) {
  const [read] = mappings(at(json, "expect").calls).filter(({ operation }) => operation === "get_object");
  const prefix = at(json, "agent", "kwargs").external_kwargs_s3_key;
  if (read === undefined || typeof prefix !== "string") continue;
  Deno.test(`externalKey: given ${id}, when made, then it is the recorded key`, () => {
    assert.equal(externalKey(prefix, goldenFlowRun(at(json, "flow_run")).flow), at(read, "params").Key);
  });
}

const KEYS: readonly (readonly [prefix: string, name: string, key: string])[] = [
  ["p", "ETL", "p/etl/a1b2c3d4.json"],
  ["p/", "ETL", "p/etl/a1b2c3d4.json"],
  ["a//b", "ETL", "a//b/etl/a1b2c3d4.json"],
  ["", "ETL", "etl/a1b2c3d4.json"],
  ["p", "!!!", "p/a1b2c3d4.json"],
  ["", "!!!", "a1b2c3d4.json"],
];

for (const [prefix, name, key] of KEYS) {
  Deno.test(`externalKey: given prefix ${JSON.stringify(prefix)} and flow ${name}, when made, then it is ${key}`, () => {
    assert.equal(externalKey(prefix, { ...someFlowRun().flow, name }), key);
  });
}

const place = "s3://kw/etl/a1b2c3d4.json";
const parse = (text: string) => parseExternalKwargs(someFlowRun(), { text, place });

Deno.test("parseExternalKwargs: given text inside JSON, when parsed, then it is read as a literal once more", () => {
  const { run, definition } = parse(
    `{"cluster": "'prod'", "tags": "[{'key': 'a', 'value': 'b'}]", "cpu": 512}`,
  );

  assert.deepEqual(run, { cluster: "prod", tags: [{ key: "a", value: "b" }] });
  assert.deepEqual(definition, { tags: [{ key: "a", value: "b" }], cpu: "512" });
});

Deno.test("parseExternalKwargs: given names that are no arguments, when parsed, then each is named in a warning", () => {
  const { warnings } = parse(`{"launch_type": "EC2", "labels": ["x"]}`);

  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /Ignored launch_type/);
});

Deno.test("parseExternalKwargs: given null, when parsed, then the member is not there and the agent's stays", () => {
  assert.deepEqual(parse(`{"cluster": null, "cpu": null}`).run, {});
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["", /is not JSON/],
  ["[1, 2]", /must hold one JSON object: it is a list/],
  ["null", /it is None/],
  [`{"containerDefinitions": [{}, {}]}`, /only accepts configuration for a single container definition/],
  [`{"count": 2.0}`, /Cannot use count \(file s3:.*a number with a fraction/],
  [`{"cpu": true}`, /Cannot use cpu/],
];

for (const [text, expected] of REFUSED) {
  Deno.test(`parseExternalKwargs: given ${text || "nothing"}, when parsed, then run and object are named`, () => {
    assert.throws(() => parse(text), (thrown) => {
      assert.ok(thrown instanceof FailureError && thrown.failure.tag === "badFlowRun");
      assert.match(thrown.message, expected);
      assert.ok(thrown.message.includes(place) && thrown.message.includes(someFlowRun().id));
      return true;
    });
  });
}

Deno.test("parseExternalKwargs: given 9 000 unknown arguments, when parsed, then the first are named, and that there are more", () => {
  const members = Array.from({ length: 9000 }, (_, n) => [`x${n}`, 1]);
  const { warnings } = parse(JSON.stringify(Object.fromEntries(members)));

  assert.equal(warnings.length, 21);
  assert.match(warnings[19] ?? "", /^Ignored x19: /);
  assert.equal(warnings[20], "Ignored more arguments that the Fargate agent does not know");
});

Deno.test("parseExternalKwargs: given a file beyond its bound, when parsed, then its size and the bound are told", () => {
  const { message } = failureOf(() => parse(`{"cluster": "${"x".repeat(262_144)}"}`));
  assert.match(message, /s3:\/\/kw\/etl\/a1b2c3d4.json has 262159 bytes \(at most 262144 are accepted\)/);
});
