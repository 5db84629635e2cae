/** Options of launching, watching and pacing. @module */

import assert from "node:assert/strict";
import { DOCUMENTED_LIMITS, NO_LIMITS } from "../../../schemas/ecs/aws_limits.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { defaultLaunchOptions, parseLaunchOptions } from "../../../schemas/options/launch_options.ts";
import { launchOptionSpecs } from "../../../schemas/options/launch_option_rows.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";

const files: Readonly<Record<string, string>> = {
  "limits.json": '{"clusterModify": {"burst": 200, "refillPerS": 80}, "tagSearch": null}',
  "broken.json": "{",
};
const parse = (values: OptionValues, env: Readonly<Record<string, string>> = {}) =>
  parseLaunchOptions(values, { readText: (path) => files[path] ?? null, env });

Deno.test("launch options: given none, when read, then they are the defaults", () => {
  assert.deepEqual(parse({}), defaultLaunchOptions);
});

Deno.test("launch options: given all of them, when read, then each is where it belongs, in milliseconds", () => {
  const options = parse({
    relaunch: "infrastructure",
    "launch-attempts": "2",
    "placement-retries": "0",
    "placement-window": "6",
    "claim-deadline": "1",
    "definition-deadline": "2.5",
    "launch-deadline": "3",
    "start-deadline": "4",
    "stop-deadline": "5",
    "watch-period": "0.5",
    "reconcile-period": "7",
    "cancel-grace": "0",
    "failure-log-lines": "1_0",
    "aws-quota-share": "0.5",
    "aws-limits": "none",
  });

  assert.deepEqual(options, {
    policy: {
      maxAttempts: 2,
      placementRetries: 0,
      relaunch: "infrastructure",
      deadlineMs: {
        claim: 1000,
        definition: 2500,
        launch: 3000,
        placement: 6000,
        report: 90_000,
        start: 4000,
        stop: 5000,
      },
    },
    watchPeriodMs: 500,
    reconcilePeriodMs: 7000,
    cancelGraceMs: 0,
    failureLogLines: 10,
    awsLimits: NO_LIMITS,
    awsQuotaShare: 0.5,
  });
});

Deno.test("launch options: given --no-watch, when read, then there is no period, whatever else is said", () => {
  assert.equal(parse({ "no-watch": true, "watch-period": "3" }).watchPeriodMs, null);
});

Deno.test("launch options: given a file of limits, when read, then what it does not name stays documented", () => {
  const { awsLimits } = parse({ "aws-limits": "limits.json" });

  assert.deepEqual(awsLimits, {
    ...DOCUMENTED_LIMITS,
    clusterModify: { burst: 200, refillPerS: 80 },
    tagSearch: null,
  });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["launch-attempts", "0"],
  ["launch-attempts", "-1"],
  ["placement-retries", "-1"],
  ["placement-window", "0"],
  ["start-deadline", "0"],
  ["watch-period", "0"],
  ["failure-log-lines", "10001"],
  ["aws-quota-share", "0"],
  ["aws-quota-share", "1.5"],
  ["aws-limits", "absent.json"],
  ["aws-limits", "broken.json"],
];
for (const [name, value] of REFUSED) {
  Deno.test(`launch options: given --${name} ${value}, when read, then option, value and range are named`, () => {
    assert.throws(() => parse({ [name]: value }), (error) => {
      assert.ok(error instanceof FailureError);
      const { failure } = error;
      assert.ok(failure.tag === "configuration" && failure.field === `--${name}`);
      assert.ok(failure.message.startsWith(`Cannot use --${name} '${value}': expected `));
      return true;
    });
  });
}

Deno.test("launch options: given the variable of every row, when read, then it says the same as the option; what is typed counts first", () => {
  const values = { number: "7", integer: "7", choice: "never", text: "none" } as const;
  const said = launchOptionSpecs.flatMap(({ name, variable = "", type }) =>
    type === "flag"
      ? []
      : [{ name, variable, value: name === "aws-quota-share" ? "0.5" : values[type as "number"] }]
  );
  const env = Object.fromEntries(said.map(({ variable, value }) => [variable, value]));

  const options = parse({}, env);

  assert.deepEqual(options, parse(Object.fromEntries(said.map(({ name, value }) => [name, value]))));
  assert.equal(options.policy.deadlineMs.start, 7000);
  assert.equal(parse({ "start-deadline": "8" }, env).policy.deadlineMs.start, 8000);
  assert.equal(parse({}, { PREFECT_AGENT_NO_WATCH: "true" }).watchPeriodMs, null);
  assert.equal(parse({}, { PREFECT_AGENT_NO_WATCH: "0" }).watchPeriodMs, 5000);
  assert.deepEqual(parse({}, { PREFECT_AGENT_RELAUNCH: "" }), defaultLaunchOptions);
});

for (
  const [variable, value] of [["PREFECT_AGENT_RELAUNCH", "maybe"], [
    "PREFECT_AGENT_NO_WATCH",
    "maybe",
  ]] as const
) {
  Deno.test(`launch options: given ${variable}=${value}, when read, then the variable, the option and what is accepted are named`, () => {
    assert.throws(
      () => parse({}, { [variable]: value }),
      new RegExp(
        `^FailureError: Cannot use ${variable} \\(--(relaunch|no-watch)\\) 'maybe': expected (never|true)`,
      ),
    );
  });
}

Deno.test("launch options: given the rows of the usage text, when their defaults are read back, then they are the defaults", () => {
  const numbers = launchOptionSpecs.filter(({ type }) => type === "number" || type === "integer");

  const values = Object.fromEntries(numbers.map(({ name, default: given }) => [name, given]));

  assert.deepEqual(parse(values), defaultLaunchOptions);
});
