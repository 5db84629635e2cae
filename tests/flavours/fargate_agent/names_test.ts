import assert from "node:assert/strict";
import { awsKwargs, containerKwargs, containerPair } from "../../../flavours/fargate_agent/kwarg_rows.ts";
import {
  type FargateOptions,
  fargateRelease,
  parseFargateOptions,
} from "../../../flavours/fargate_agent/options.ts";
import { switchNames } from "../../../flavours/fargate_agent/switches.ts";
import { resolveSettings } from "../../../schemas/prefect1/config/resolve_settings.ts";

function optionsOf(...pairs: readonly (readonly [string, string])[]): FargateOptions {
  const settings = resolveSettings({
    rules: fargateRelease.settingsRules,
    values: {},
    env: {},
    readText: () => null,
  });
  return parseFargateOptions({ values: {}, pairs, env: {} }, settings);
}

function spellings(name: string): readonly string[] {
  const snake = name.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  const camel = name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const pascal = camel.slice(0, 1).toUpperCase() + camel.slice(1);
  return [pascal, camel, snake, name.toLowerCase(), name.toUpperCase(), snake.replaceAll("_", "-")]
    .filter((wrong) => wrong !== name && wrong.replaceAll("-", "_") !== name);
}

Deno.test("fargate pairs: given every known name in other spellings, when parsed, then one warning gives the right one", () => {
  const names = [...awsKwargs.keys(), "containerDefinitions", ...switchNames];
  for (const name of names) {
    for (const wrong of spellings(name)) {
      const { warnings } = optionsOf([wrong, "x"]);

      assert.equal(warnings.length, 1, wrong);
      assert.match(warnings[0] ?? "", new RegExp(`^Ignored ${wrong}: .*; did you mean ${name}$`));
      assert.ok((warnings[0] ?? "").length < 400);
    }
  }
  assert.ok(names.length > 25);
});

Deno.test("fargate pairs: given launchType, when parsed, then launch_type was meant", () => {
  assert.match(optionsOf(["launchType", "EC2"]).warnings[0] ?? "", /did you mean launch_type$/);
});

Deno.test("fargate pairs: given names that nothing resembles, when parsed, then each warning stays short", () => {
  const { warnings } = optionsOf(["zzzzzzzz", "x"], ["y".repeat(5000), "x"]);

  assert.equal(warnings.length, 2);
  for (const warning of warnings) assert.ok(warning.length < 400);
});

Deno.test("fargate pairs: given each container member as a pair of its own, when parsed, then it is the container's", () => {
  const values: Readonly<Record<string, string>> = {
    environment: "[{'name': 'A', 'value': 'b'}]",
    secrets: '[{"name": "A", "valueFrom": "arn"}]',
    mountPoints: "[{'containerPath': '/a'}]",
    logConfiguration: "{'logDriver': 'awslogs'}",
    repositoryCredentials: "{'credentialsParameter': 'arn'}",
  };
  for (const member of containerKwargs.keys()) {
    const value = values[member] ?? "";
    const whole = optionsOf(["containerDefinitions", `[{'${member}': ${value}}]`]);
    for (const name of [containerPair(member), `containerDefinitions_${member}`]) {
      const { containerKwargs, warnings } = optionsOf([name, value]);

      assert.deepEqual(containerKwargs, whole.containerKwargs);
      assert.deepEqual(warnings, []);
      assert.equal(Object.keys(containerKwargs).length, 1);
    }
    assert.match(optionsOf([member, value]).warnings[0] ?? "", /did you mean containerDefinitions\[0\]\./);
  }
});
