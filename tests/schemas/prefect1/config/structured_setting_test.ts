import assert from "node:assert/strict";
import { ecsRelease } from "../../../../flavours/ecs_agent/options.ts";
import { FailureError } from "../../../../schemas/failure/failure.ts";
import { resolveSettings } from "../../../../schemas/prefect1/config/resolve_settings.ts";

function resolved(
  env: Readonly<Record<string, string>>,
  toml: string | null = null,
  labels: readonly string[] = [],
) {
  const values = labels.length === 0 ? {} : { label: labels };
  const readText = (path: string) => path.endsWith("config.toml") ? toml : null;
  return resolveSettings({ rules: ecsRelease.settingsRules, values, env, readText });
}

const LABELS = "PREFECT__CLOUD__AGENT__LABELS";
const ENV_VARS = "PREFECT__CLOUD__AGENT__ENV_VARS";

/** What people write, and the labels that they mean. */
const READ: readonly (readonly [string, readonly string[]])[] = [
  ["['prod', 'eu']", ["prod", "eu"]],
  ['["prod", "eu"]', ["prod", "eu"]],
  ["('prod',)", ["prod"]],
  ["{'prod'}", ["prod"]],
  ["[prod]", ["prod"]],
  ["[prod, eu]", ["prod", "eu"]],
  ["[prod,eu]", ["prod", "eu"]],
  ["(prod)", ["prod"]],
  ["prod", ["prod"]],
  ["team/prod:1", ["team/prod:1"]],
  ["'prod'", ["prod"]],
  [`"['prod']"`, ["prod"]],
  ['["prod", 5]', ["prod", "5"]],
  ["null", []],
  ["None", []],
  ["[]", []],
  ["", []],
];

for (const [text, labels] of READ) {
  Deno.test(`labels: given ${JSON.stringify(text)} as variable and in TOML, when resolved, then they are as meant`, () => {
    assert.deepEqual(resolved({ [LABELS]: text }).labels, labels);
    if (text === "null") return;
    assert.deepEqual(resolved({}, `[cloud.agent]\nlabels = ${JSON.stringify(text)}\n`).labels, labels);
  });
}

/** What nobody can tell. */
const DAMAGED = [
  "[prod",
  "prod]",
  "['prod'",
  "['prod', eu]",
  '["prod", eu]',
  "[“prod”]",
  "['prod' 'eu'",
  "[prod eu]",
  "[prod,]",
  "[[prod]]",
  "[None]",
  "{prod}",
  "{'a': 1}",
  '{"a": 1}',
  '["prod", null]',
  '["prod", true]',
  "prod eu",
  "'prod",
  "[['prod']]",
];

for (const text of DAMAGED) {
  Deno.test(`labels: given ${text}, when resolved, then the variable and a form that works are named`, () => {
    assert.throws(() => resolved({ [LABELS]: text }), (error: unknown) => {
      assert.ok(error instanceof FailureError && error.failure.tag === "configuration");
      assert.equal(error.failure.field, LABELS);
      assert.match(error.message, /\["prod", "eu"\]/);
      assert.ok(error.message.length < 400);
      return true;
    });
  });
}

for (const word of ["[prod]", "['prod', 'eu']", '["prod"]', "{prod}", "('prod',)", "'prod'", '"prod"']) {
  Deno.test(`labels: given --label ${word}, when resolved, then it is refused with the form that works`, () => {
    assert.throws(() => resolved({}, null, ["a", word]), (error: unknown) => {
      assert.ok(error instanceof FailureError && error.failure.tag === "usage");
      assert.match(error.message, /--label prod --label eu/);
      return true;
    });
  });
}

const DICTIONARIES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["{'A': 'b', 'C': 1, 'D': True, 'E': None}", { A: "b", C: "1", D: "true" }],
  ['{"A": "b", "C": 1, "D": true, "E": null}', { A: "b", C: "1", D: "true" }],
  [`'{"A": true}'`, { A: "true" }],
  ["{}", {}],
  ["null", {}],
];

for (const [text, variables] of DICTIONARIES) {
  Deno.test(`variables for runs: given ${text}, when resolved, then Python and JSON are read`, () => {
    assert.deepEqual(resolved({ [ENV_VARS]: text }).envVars, variables);
  });
}

for (
  const text of [
    "{A: s3cr3t}",
    "{'A': s3cr3t}",
    "A=s3cr3t",
    "['s3cr3t']",
    "{'A': ['s3cr3t']}",
    '{"A": "s3cr3t"',
    "5",
  ]
) {
  Deno.test(`variables for runs: given ${text}, when resolved, then the variable is named and the value is not shown`, () => {
    assert.throws(() => resolved({ [ENV_VARS]: text }), (error: unknown) => {
      assert.ok(error instanceof FailureError && error.failure.tag === "configuration");
      assert.ok(error.failure.field.startsWith(ENV_VARS));
      assert.doesNotMatch(error.message, /s3cr3t/);
      assert.ok(error.message.length < 400);
      return true;
    });
  });
}
