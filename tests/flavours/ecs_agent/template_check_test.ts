import assert from "node:assert/strict";
import fc from "fast-check";
import { taskSize, taskSizes } from "../../../schemas/ecs/task_size.ts";
import { dropNulls } from "../../../flavours/ecs_agent/drop_nulls.ts";
import { environmentText } from "../../../schemas/prefect1/environment_text.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { MAX_OVERRIDES, overridesProblem } from "../../../schemas/ecs/shapes/overrides_size.ts";
import { kwargsProblem, templateProblem } from "../../../flavours/ecs_agent/template_check.ts";

const templates: readonly (readonly [JsonObject, string | undefined])[] = [
  [{}, undefined],
  [{ cpu: null, tags: null, containerDefinitions: null }, undefined],
  [{ containerDefinitions: [{ name: "flow", environment: null }] }, undefined],
  [{ containerDefinitions: [{ environment: [{ name: "A", value: "1" }, { name: "B" }] }] }, undefined],
  [{ cpu: 1.5 }, "cpu must be a whole number or text, not a number"],
  [{ memory: {} }, "memory must be a whole number or text, not a mapping"],
  [{ tags: ["x"] }, "tags[0] must be a mapping, not text"],
  [{ tags: {} }, "tags must be a list of mappings, not a mapping"],
  [{ containerDefinitions: [null] }, "containerDefinitions[0] must be a mapping, not null"],
  [
    { containerDefinitions: [{}, { environment: { A: "1" } }] },
    "containerDefinitions[1].environment must be a list of mappings, not a mapping",
  ],
  [
    { containerDefinitions: [{ environment: [{ value: "hush" }] }] },
    "containerDefinitions[0].environment[0].name must be text, not null",
  ],
  [
    { containerDefinitions: [{ environment: [{ name: "A", value: 1234 }] }] },
    "containerDefinitions[0].environment[0].value, of variable A, must be text, not a number; put it in quotes",
  ],
  [
    { containerDefinitions: [{ environment: [{ name: "A", value: null }] }] },
    "containerDefinitions[0].environment[0].value, of variable A, must be text, not null",
  ],
];

for (const [template, problem] of templates) {
  Deno.test(`template: given ${JSON.stringify(template)}, when checked, then ${problem ?? "nothing is wrong"}`, () => {
    assert.equal(templateProblem(template), problem);
  });
}

const kwargs: readonly (readonly [JsonObject, string | undefined])[] = [
  [{ cluster: "c" }, undefined],
  [{ overrides: null }, undefined],
  [{ overrides: { containerOverrides: null, cpu: 256 } }, undefined],
  [{ overrides: "x" }, "overrides must be a mapping, not text"],
  [{ overrides: { cpu: true } }, "overrides.cpu must be a whole number or text, not true or false"],
  [
    { overrides: { containerOverrides: [{ environment: [{ name: "A", value: false }] }] } },
    "overrides.containerOverrides[0].environment[0].value, of variable A, must be text, not true or false; put it in quotes",
  ],
];

for (const [given, problem] of kwargs) {
  Deno.test(`kwargs: given ${JSON.stringify(given)}, when checked, then ${problem ?? "nothing is wrong"}`, () => {
    assert.equal(kwargsProblem(given), problem);
  });
}

Deno.test("task size: given numbers, units and null, when turned into text, then units stay and null vanishes", () => {
  assert.deepEqual([256, "1 vcpu", "", null].map((value) => taskSize(value, "cpu")), [
    { text: "256" },
    { text: "1 vcpu" },
    { text: "" },
    { text: undefined },
  ]);
  assert.deepEqual(taskSizes({ cpu: 1, memory: null, other: 2 }), { cpu: "1" });
});

Deno.test("environment: given each type, when turned into text, then only lists and mappings are refused", () => {
  const texts = ["a", 1, 1.5, true, null].map((value) => environmentText(value));

  assert.deepEqual(texts, [{ text: "a" }, { text: "1" }, { text: "1.5" }, { text: "true" }, {
    text: undefined,
  }]);
  for (const value of [[], {}] satisfies Json[]) assert.ok("problem" in environmentText(value));
});

Deno.test("nulls: given any JSON object, when dropped, then no member is null and dropping again changes nothing", () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.constant(null), fc.string(), fc.nat(), tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 3 }),
    object: fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  }));
  fc.assert(fc.property(json.object as fc.Arbitrary<JsonObject>, (object) => {
    const dropped = dropNulls(object);

    assert.ok(!/":null/.test(JSON.stringify(dropped)));
    assert.deepEqual(dropNulls(dropped), dropped);
  }));
});

Deno.test("overrides: given sizes around the limit, when checked, then only more than 8192 characters are refused", () => {
  const sized = (size: number): JsonObject => {
    const rest = JSON.stringify({ containerOverrides: [{ environment: [{ name: "A", value: "" }] }] }).length;
    return { containerOverrides: [{ environment: [{ name: "A", value: "x".repeat(size - rest) }] }] };
  };

  assert.equal(overridesProblem(sized(MAX_OVERRIDES)), undefined);
  assert.match(
    overridesProblem(sized(MAX_OVERRIDES + 1)) ?? "",
    /^take 8193 characters.*A \(8127 characters\)/,
  );
});

Deno.test("templateProblem: given a variable that is no text, when told discreetly, then its place is named and it is not", () => {
  const container = { environment: [{ name: "SECRET", value: 1 }] };

  const problem = templateProblem({ containerDefinitions: [container] }, "discreet");

  assert.equal(
    problem,
    "containerDefinitions[0].environment[0].value must be text, not a number; put it in quotes",
  );
});
