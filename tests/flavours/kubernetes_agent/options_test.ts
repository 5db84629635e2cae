/** Options and variables of `kubernetes start`. */

import assert from "node:assert/strict";
import { parseKubernetesOptions } from "../../../flavours/kubernetes_agent/options.ts";
import { startWarnings } from "../../../flavours/kubernetes_agent/warnings.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { someSettings } from "../../support/settings.ts";

function parse(values: OptionValues, env: Readonly<Record<string, string>> = {}, envVars = {}) {
  return parseKubernetesOptions({ values, pairs: [], env }, someSettings({ envVars }));
}

const SECRETS: readonly (readonly [text: string, names: readonly string[]])[] = [
  ["a", ["a"]],
  ["a, b ,c", ["a", "b", "c"]],
  ["a,,b,", ["a", "b"]],
  ['["regcred"]', ["regcred"]],
  ["['a', 'b.c']", ["a", "b.c"]],
  ["[]", []],
  ["", []],
];
for (const [text, names] of SECRETS) {
  Deno.test(`kubernetes options: given the pull secrets '${text}', as option or variable, when parsed, then they are ${names.join(" and ") || "none"}`, () => {
    assert.deepEqual(parse({ "image-pull-secrets": text }).imagePullSecrets, names);
    assert.deepEqual(parse({}, { IMAGE_PULL_SECRETS: text }).imagePullSecrets, names);
  });
}

const KEEPING: readonly (readonly [OptionValues, string, string])[] = [
  [{}, "", "none"],
  [{}, "True", "none"],
  [{}, "true", "none"],
  [{}, "0", "all"],
  [{}, "False", "all"],
  [{ "disable-job-deletion": true }, "True", "all"],
  [{ "keep-jobs": "failed" }, "False", "failed"],
  [{ "keep-jobs": "all", "disable-job-deletion": true }, "", "all"],
];
for (const [values, variable, kept] of KEEPING) {
  Deno.test(`kubernetes options: given ${JSON.stringify(values)} and DELETE_FINISHED_JOBS=${variable}, when parsed, then ${kept} Jobs are kept`, () => {
    assert.equal(parse(values, { DELETE_FINISHED_JOBS: variable }).cluster.keepJobs, kept);
  });
}

const WRONG: readonly (readonly [OptionValues, Readonly<Record<string, string>>, name: string])[] = [
  [{ namespace: "My_Flows" }, {}, "--namespace"],
  [{}, { NAMESPACE: "a.b" }, "NAMESPACE"],
  [{ "service-account-name": "A" }, {}, "--service-account-name"],
  [{ "image-pull-secrets": "a,B" }, {}, "--image-pull-secrets"],
  [{}, { IMAGE_PULL_SECRETS: "[1]" }, "IMAGE_PULL_SECRETS"],
  [{}, { IMAGE_PULL_SECRETS: "['a'" }, "IMAGE_PULL_SECRETS"],
  [{ "pod-label": ["a"] }, {}, "--pod-label"],
  [{ "pod-label": ["a=b c"] }, {}, "--pod-label"],
  [{}, { DELETE_FINISHED_JOBS: "maybe" }, "DELETE_FINISHED_JOBS"],
  [{}, { JOB_MEM_LIMIT: "2 GB" }, "JOB_MEM_LIMIT"],
  [{}, { IMAGE_PULL_POLICY: "always" }, "IMAGE_PULL_POLICY"],
  [{ "keep-jobs": "none", "disable-job-deletion": true }, {}, "--keep-jobs"],
];
for (const [values, env, name] of WRONG) {
  Deno.test(`kubernetes options: given ${JSON.stringify({ ...values, ...env })}, when parsed, then it is a wrong command line that names ${name}`, () => {
    assert.throws(() => parse(values, env), (thrown) => {
      const { tag, message } = toFailure(thrown);
      assert.equal(tag, "usage");
      assert.ok(message.includes(name), message);
      return true;
    });
  });
}

Deno.test("kubernetes options: given an empty variable, when parsed, then it counts as not set; an option wins over a variable", () => {
  const env = { NAMESPACE: "", SERVICE_ACCOUNT_NAME: "" };

  assert.equal(parse({}, env).cluster.namespace, "default");
  assert.equal(parse({}, env).serviceAccountName, null);
  assert.equal(parse({ namespace: "a" }, { NAMESPACE: "b" }).cluster.namespace, "a");
});

Deno.test("kubernetes options: given variables for runs that only the agent reads, and variables of old flows, when it starts, then one warning tells of each kind", () => {
  const options = parse({}, { JOB_CPU_LIMIT: "1" }, { IMAGE_PULL_SECRETS: "a", NAMESPACE: "b", MINE: "c" });

  const warnings = startWarnings(options);

  assert.equal(warnings.length, 2);
  assert.match(
    warnings[0] ?? "",
    /NAMESPACE \(use --namespace\).*IMAGE_PULL_SECRETS \(use --image-pull-secrets\)/,
  );
  assert.match(warnings[1] ?? "", /JOB_CPU_LIMIT act/);
});
