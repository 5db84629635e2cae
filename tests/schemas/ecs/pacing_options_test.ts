import assert from "node:assert/strict";
import { DOCUMENTED_LIMITS, NO_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import {
  defaultPacingSettings,
  pacingOptionRows,
  pacingSettings,
} from "../../../schemas/ecs/pacing_options.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";

const FILES: Readonly<Record<string, string>> = {
  "limits.json": '{"clusterModify": {"burst": 200, "refillPerS": 80}, "tagSearch": null}',
  "broken.json": "{",
};

const read = (typed: OptionValues, env: Readonly<Record<string, string>> = {}) =>
  pacingSettings({ typed, env, readText: (path) => FILES[path] ?? null });

Deno.test("pacing options: given none, when read, then AWS's limits, the whole quota and no log lines", () => {
  assert.deepEqual(read({}), defaultPacingSettings);
  assert.deepEqual(defaultPacingSettings, { limits: DOCUMENTED_LIMITS, quotaShare: 1, failureLogLines: 0 });
});

Deno.test("pacing options: given each, when read, then each is a setting", () => {
  const typed = { "failure-log-lines": "1_0", "aws-quota-share": "0.5", "aws-limits": "none" };

  assert.deepEqual(read(typed), { limits: NO_LIMITS, quotaShare: 0.5, failureLogLines: 10 });
});

Deno.test("pacing options: given a file of limits, when read, then buckets that it does not name stay documented", () => {
  assert.deepEqual(read({ "aws-limits": "limits.json" }).limits, {
    ...DOCUMENTED_LIMITS,
    clusterModify: { burst: 200, refillPerS: 80 },
    tagSearch: null,
  });
});

Deno.test("pacing options: given the variable of every row, when read, then it says the same as the option, which counts first", () => {
  const values: Readonly<Record<string, string>> = {
    "failure-log-lines": "7",
    "aws-quota-share": "0.5",
    "aws-limits": "none",
  };
  const env = Object.fromEntries(
    pacingOptionRows.map(({ name, variable = "" }) => [variable, values[name] ?? ""]),
  );

  assert.deepEqual(Object.keys(env), [
    "PREFECT_AGENT_FAILURE_LOG_LINES",
    "PREFECT_AGENT_AWS_QUOTA_SHARE",
    "PREFECT_AGENT_AWS_LIMITS",
  ]);
  assert.deepEqual(read({}, env), read(values));
  assert.equal(read({ "failure-log-lines": "8" }, env).failureLogLines, 8);
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ["failure-log-lines", "10001", "a number from 0 to 10000"],
  ["aws-quota-share", "0", "a number above 0 and up to 1"],
  ["aws-quota-share", "1.5", "a number from 0 to 1"],
  ["aws-limits", "absent.json", "documented, none or the path of a JSON file"],
  ["aws-limits", "broken.json", "a file that holds JSON"],
];
for (const [name, value, accepted] of REFUSED) {
  Deno.test(`pacing options: given --${name} ${value}, when read, then option, value and what is accepted are named`, () => {
    assert.throws(() => read({ [name]: value }), (error) => {
      assert.ok(error instanceof FailureError);
      const { failure } = error;
      assert.ok(failure.tag === "configuration" && failure.field === `--${name}`);
      assert.equal(failure.message, `Cannot use --${name} '${value}': expected ${accepted}`);
      return true;
    });
  });
}

Deno.test("pacing options: given a variable with a value out of range, when read, then the variable is named as well", () => {
  assert.throws(
    () => read({}, { PREFECT_AGENT_AWS_QUOTA_SHARE: "2" }),
    /^FailureError: Cannot use PREFECT_AGENT_AWS_QUOTA_SHARE \(--aws-quota-share\) '2': expected a number from 0 to 1$/,
  );
});
