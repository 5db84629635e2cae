/** Settings of launching and watching. @module */

import assert from "node:assert/strict";
import { launchOptionRows } from "../../../schemas/ecs/launch_option_rows.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { defaultLaunchSettings, launchSettings } from "../../../schemas/options/launch_settings.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";

const read = (typed: OptionValues, env: Readonly<Record<string, string>> = {}) =>
  launchSettings(launchOptionRows, { typed, env });

Deno.test("launch settings: given no option, when read, then they are the defaults", () => {
  assert.deepEqual(read({}), defaultLaunchSettings);
});

Deno.test("launch settings: given every option, when read, then each is where it belongs, in milliseconds", () => {
  const settings = read({
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
  });

  assert.deepEqual(settings, {
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
  });
});

Deno.test("launch settings: given --no-watch, when read, then there is no period, whatever --watch-period says", () => {
  assert.equal(read({ "no-watch": true, "watch-period": "3" }).watchPeriodMs, null);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["launch-attempts", "0"],
  ["launch-attempts", "-1"],
  ["placement-retries", "-1"],
  ["placement-window", "0"],
  ["start-deadline", "0"],
  ["watch-period", "0"],
];
for (const [name, value] of REFUSED) {
  Deno.test(`launch settings: given --${name} ${value}, when read, then option, value and range are named`, () => {
    assert.throws(() => read({ [name]: value }), (error) => {
      assert.ok(error instanceof FailureError);
      const { failure } = error;
      assert.ok(failure.tag === "configuration" && failure.field === `--${name}`);
      assert.ok(failure.message.startsWith(`Cannot use --${name} '${value}': expected a number `));
      return true;
    });
  });
}

Deno.test("launch settings: given the variable of every row, when read, then it says the same as the option, which counts first", () => {
  const values = { number: "7", integer: "7", choice: "never" } as const;
  const given = launchOptionRows.flatMap(({ name, variable = "", type }) =>
    type === "flag" ? [] : [{ name, variable, value: values[type as "number"] }]
  );
  const env = Object.fromEntries(given.map(({ variable, value }) => [variable, value]));

  const settings = read({}, env);

  assert.deepEqual(settings, read(Object.fromEntries(given.map(({ name, value }) => [name, value]))));
  assert.equal(settings.policy.deadlineMs.start, 7000);
  assert.equal(read({ "start-deadline": "8" }, env).policy.deadlineMs.start, 8000);
  assert.equal(read({}, { PREFECT_AGENT_NO_WATCH: "true" }).watchPeriodMs, null);
  assert.equal(read({}, { PREFECT_AGENT_NO_WATCH: "0" }).watchPeriodMs, 5000);
  assert.deepEqual(read({}, { PREFECT_AGENT_RELAUNCH: "" }), defaultLaunchSettings);
});

for (
  const [variable, value] of [["PREFECT_AGENT_RELAUNCH", "maybe"], [
    "PREFECT_AGENT_NO_WATCH",
    "maybe",
  ]] as const
) {
  Deno.test(`launch settings: given ${variable}=${value}, when read, then the variable, the option and what is accepted are named`, () => {
    assert.throws(
      () => read({}, { [variable]: value }),
      new RegExp(
        `^FailureError: Cannot use ${variable} \\(--(relaunch|no-watch)\\) 'maybe': expected (never|true)`,
      ),
    );
  });
}

Deno.test("launch settings: given the rows of the usage text, when their defaults are read back, then they are the defaults", () => {
  const numbers = launchOptionRows.filter(({ type }) => type === "number" || type === "integer");

  const values = Object.fromEntries(numbers.map(({ name, default: given }) => [name, given]));

  assert.equal(numbers.length, 11);
  assert.deepEqual(read(values), defaultLaunchSettings);
});
