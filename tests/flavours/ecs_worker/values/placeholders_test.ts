/**
 * Placeholders: what fills them in, in which order, and of which type the result is.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../../../schemas/json/json.ts";
import { neededSources } from "../../../../flavours/ecs_worker/values/make_job_configuration.ts";
import { goldenWorker, readGroup } from "../../../support/prefect3/golden_run.ts";
import { jobOf, refusalOf, type TemplateRun, templateRun } from "../../../support/prefect3/template_run.ts";

const FAMILY = { containerDefinitions: [{ name: "prefect" }] };

/** What a template's text becomes. */
function filled(text: Json, said: TemplateRun = {}): Json | undefined {
  return jobOf({ ...said, configuration: { task_definition: { ...FAMILY, member: text } } }).taskDefinition
    .member;
}

const BLOCKS = [
  { id: "b-1", type: "secret", name: "token", data: { value: "s3cr3t" } },
  {
    id: "b-2",
    type: "json",
    name: "conf",
    data: { value: { key: { nested: "deep" }, list: ["a", 2], "2026": "year" } },
  },
  {
    id: "b-3",
    type: "thing",
    name: "it",
    data: { host: "h", port: 5, more: { region: "{{ prefect.variables.region }}" } },
  },
];

const VARIABLES = {
  region: "eu-central-1",
  nested: "{{ prefect.variables.region }}",
  list: ["x", 1],
  flag: true,
};

// Each row: the text in the template, what it becomes.
const ROWS: readonly (readonly [string, Json | undefined])[] = [
  ["{{ text }}", "v"],
  ["{{text}}", "v"],
  ["{{  text  }}", "v"],
  [" {{ text }}", " v"],
  ["{{ number }}", 7],
  ["{{ flag }}", true],
  ["{{ list }}", ["a", 1]],
  ["{{ object.a.b[1] }}", "second"],
  ["{{ object.a.b.1 }}", "second"],
  ["{{ object.a.b.-1 }}", "second"],
  ["{{ object.a.b[5] }}", undefined],
  ["{{ object.2026 }}", "year"],
  ["{{ object[2026] }}", "year"],
  ["{{ text.no }}", undefined],
  ["{{ text[0] }}", "v"],
  ["{{ nothing }}", undefined],
  ["x-{{ nothing }}-y", "x--y"],
  ["x-{{ number }}-{{ flag }}", "x-7-True"],
  ["x-{{ list }}", "x-['a', 1]"],
  ["x-{{ object.a }}", "x-{'b': ['first', 'second']}"],
  ["{{ text }}{{ text }}", "vv"],
  ["{{ $HOST_NAME }}", "worker-1"],
  ["x-{{ $NOT_THERE }}", "x-"],
  ["{{ not a placeholder }}", "{{ not a placeholder }}"],
  ["{ { text } }", "{ { text } }"],
  ["{{ prefect.blocks.secret.token }}", "s3cr3t"],
  ["{{ prefect.blocks.secret.token.value }}", "s3cr3t"],
  ["u:{{ prefect.blocks.secret.token }}@{{ text }}", "u:s3cr3t@v"],
  ["{{ prefect.blocks.json.conf.key.nested }}", "deep"],
  ["{{ prefect.blocks.json.conf.value.key.nested }}", "deep"],
  ["{{ prefect.blocks.json.conf.2026 }}", "year"],
  ["{{ prefect.blocks.json.conf.list[1] }}", 2],
  ["{{ prefect.blocks.thing.it.port }}", 5],
  ["p{{ prefect.blocks.thing.it.port }}", "p5"],
  ["{{ prefect.blocks.thing.it.more }}", { region: "eu-central-1" }],
  ["{{ prefect.variables.region }}", "eu-central-1"],
  ["{{ prefect.variables.list }}", ["x", 1]],
  ["{{ prefect.variables.list[1] }}", undefined],
  ["r={{ prefect.variables.flag }}", "r=True"],
  ["{{ prefect.variables.nested }}", "{{ prefect.variables.region }}"],
  ["{{ prefect.variables.gone }}", undefined],
  ["{{ holds_job }}", "{{ text }}"],
  ["{{ holds_block }}", "s3cr3t"],
  ["{{ holds_variable }}", { region: "eu-central-1" }],
];

const GIVEN: TemplateRun = {
  blocks: BLOCKS,
  variables: VARIABLES,
  worker: { environment: { HOST_NAME: "worker-1" } },
  deployment: {
    text: "v",
    number: 7,
    flag: true,
    list: ["a", 1],
    object: { a: { b: ["first", "second"] }, "2026": "year" },
    holds_job: "{{ text }}",
    holds_block: "{{ prefect.blocks.secret.token }}",
    holds_variable: { region: "{{ prefect.variables.region }}" },
  },
};

for (const [text, expected] of ROWS) {
  Deno.test(`placeholders: given ${text}, when it is filled in, then it is ${JSON.stringify(expected)}`, () => {
    const value = filled(text, GIVEN);

    assert.deepEqual(value === "" ? undefined : value, expected);
  });
}

for (
  const [text, named] of [
    ["{{ prefect.blocks.secret }}", /prefect\.blocks\.secret/],
    ["{{ prefect.blocks.secret. }}", /prefect\.blocks\.secret/],
    ["{{ prefect.blocks.secret.gone }}", /secret\/gone/],
    ["{{ prefect.blocks.json.conf.nowhere }}", /nowhere/],
    ["x-{{ prefect.blocks.json.conf }}", /prefect\.blocks\.json\.conf/],
  ] as const
) {
  Deno.test(`placeholders: given ${text}, when it is filled in, then the run is refused and the block named`, () => {
    const message = refusalOf({ ...GIVEN, configuration: { task_definition: { ...FAMILY, member: text } } });

    assert.match(message, named);
    assert.doesNotMatch(message, /s3cr3t|deep|first/);
  });
}

Deno.test("placeholders: given a reference to a block by id, when it is filled in, then the data of the block stands there", () => {
  const reference = { $ref: { block_document_id: "b-3" } };

  assert.deepEqual(filled(reference, GIVEN), { host: "h", port: 5, more: { region: "eu-central-1" } });
});

Deno.test("placeholders: given a block that brings a Prefect variable, when sources are asked for, then the variable follows in the second round", () => {
  const run = templateRun({
    configuration: { task_definition: { ...FAMILY, a: "{{ prefect.blocks.thing.it }}" } },
  });
  const [golden] = readGroup("env");
  assert.ok(golden);

  const first = neededSources(run, goldenWorker(golden), {});
  const second = neededSources(run, goldenWorker(golden), {
    "block:thing/it": {
      kind: "json",
      value: { id: "b-3", type: "thing", name: "it", data: BLOCKS[2]?.data ?? {} },
    },
  });

  assert.deepEqual([first.map(({ key }) => key), second.map(({ key }) => key)], [["block:thing/it"], [
    "variable:region",
  ]]);
});

Deno.test("placeholders: given any value, when a placeholder stands alone, then the value keeps its type", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
    fc.pre(!JSON.stringify(value).includes("{{") && !JSON.stringify(value).includes("$ref"));
    fc.pre(!JSON.stringify(value).includes("__proto__"));
    const text = JSON.stringify(filled(["{{ x }}", "fixed"], { deployment: { x: value as Json } }));

    assert.equal(text, JSON.stringify([...(value === null ? [] : [value]), "fixed"]));
  }));
});

Deno.test("placeholders: given texts without braces, when they stand around a placeholder, then they stay as they are", () => {
  const plain = fc.string().map((text) => text.replaceAll(/[{}]/g, ""));
  fc.assert(fc.property(plain, plain, plain, (before, value, after) => {
    fc.pre(before + after !== "");
    const text = filled(`${before}{{ x }}${after}`, { deployment: { x: value } });

    assert.equal(text, before + value + after);
  }));
});

Deno.test("placeholders: given a value that many placeholders bring, when it grows beyond the bound, then the run is refused", () => {
  const big = Array.from({ length: 3000 }, (_, index) => `item ${index}`);
  const many = Array.from({ length: 500 }, () => "{{ big }}");

  for (const member of [many, many.join(","), { a: many, b: [many] }]) {
    const message = refusalOf({
      deployment: { big },
      configuration: { task_definition: { ...FAMILY, member } },
    });
    assert.match(message, /task_definition grows too large: at most/);
  }
});

Deno.test("placeholders: given values that nest without end, when they are filled in, then the run is refused", () => {
  let deep: Json = "end";
  for (let level = 0; level < 50_000; level++) deep = level % 2 === 0 ? [deep] : { deep };

  for (const member of ["{{ deep }}", "x{{ deep }}", deep]) {
    const message = refusalOf({
      deployment: { deep },
      configuration: { task_definition: { ...FAMILY, member } },
    });
    assert.match(message, /nests too deep/);
  }
});

Deno.test("placeholders: given names of prototypes, when they are asked for or given, then they are plain names", () => {
  const deployment = JSON.parse('{"__proto__": {"polluted": "p"}, "constructor": "c", "a.__proto__.b": "d"}');

  assert.equal(filled("{{ toString }}", { deployment }), undefined);
  assert.equal(filled("{{ constructor }}", { deployment }), "c");
  assert.equal(filled("{{ __proto__.polluted }}", { deployment }), "p");
  assert.equal(filled("{{ a.__proto__.b }}", { deployment }), "d");
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
});
