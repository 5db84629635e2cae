import assert from "node:assert/strict";
import {
  schemaFault,
  templateFault,
  variablesFault,
} from "../../../../sandbox/prefect3/pools/template_faults.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { defaultBaseJobTemplate } from "../../../../flavours/ecs_worker/template/default_base_job_template.ts";

const TEMPLATE: JsonObject = {
  job_configuration: { image: "{{ image }}" },
  variables: {
    type: "object",
    properties: { image: { type: "string" }, cpu: { type: "integer", default: 1 } },
    required: ["image"],
  },
};

const TEMPLATES: readonly (readonly [what: string, template: JsonObject, fault: RegExp | null])[] = [
  ["no member", {}, null],
  ["the worker's default", defaultBaseJobTemplate, null],
  ["variables alone", { variables: { properties: {} } }, /must contain both/],
  [
    "an undeclared variable",
    { ...TEMPLATE, job_configuration: { a: ["{{ colour }}"] } },
    /undeclared variable\(s\): colour/,
  ],
];

for (const [what, template, fault] of TEMPLATES) {
  Deno.test(`template of the sandbox's pools: given ${what}, then it is ${fault === null ? "taken" : "refused"}`, () => {
    const found = templateFault(template);

    if (fault === null) assert.equal(found, null);
    else assert.match(found ?? "", fault);
  });
}

const VALUES: readonly (readonly [
  what: string,
  values: readonly JsonObject[],
  isComplete: boolean,
  fault: RegExp | null,
])[] = [
  ["fitting values", [{ image: "i" }, { cpu: 2 }], true, null],
  ["a text for a number", [{ image: "i", cpu: "many" }], true, /field 'cpu'/],
  ["the text replaced by a number", [{ image: "i", cpu: "many" }, { cpu: 2 }], true, null],
  ["a null where a default is", [{ image: "i", cpu: null }], true, null],
  ["an unknown variable", [{ image: "i", colour: "red" }], true, null],
  ["a required one missing from a run", [{}], true, /image/],
  ["a required one missing from a deployment", [{}], false, null],
];

for (const [what, values, isComplete, fault] of VALUES) {
  Deno.test(`variables of the sandbox's pools: given ${what}, then they are ${fault === null ? "taken" : "refused"}`, () => {
    const found = variablesFault({ template: TEMPLATE, values, isComplete });

    if (fault === null) assert.equal(found, null);
    else assert.match(found ?? "", fault);
  });
}

Deno.test("parameters of the sandbox's deployments: given a fault deep inside, then its place is named", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "object", properties: { b: { type: "array", items: { type: "integer" } } } } },
  };

  const fault = schemaFault(schema, { a: { b: [1, "x"] } });

  assert.match(fault ?? "", /field 'a\.b\.1'/);
});
