/** Spellings of the Kubernetes agent's commands. */

import assert from "node:assert/strict";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";

const SAME: readonly (readonly [words: string, same: string])[] = [
  ["start kubernetes --namespace a", "kubernetes start --namespace a"],
  ["prefect agent start kubernetes --namespace a", "kubernetes start --namespace a"],
  ["prefect agent kubernetes start --namespace a", "kubernetes start --namespace a"],
  ["install kubernetes -n a --rbac", "kubernetes install -n a --rbac"],
  ["prefect agent install kubernetes -n a --rbac", "kubernetes install -n a --rbac"],
  ["explain kubernetes start --flow-run 1", "explain kubernetes --flow-run 1"],
  ["kubernetes install --flow-rbac", "kubernetes install --flow-rbac=jobs"],
  ["kubernetes install --flow-rbac dask --rbac", "kubernetes install --flow-rbac=dask --rbac"],
];
for (const [words, same] of SAME) {
  Deno.test(`kubernetes spelling: given ${words}, when parsed, then it means ${same}`, () => {
    assert.deepEqual(parseCommandLine(words.split(" ")), parseCommandLine(same.split(" ")));
  });
}

Deno.test("kubernetes spelling: given -n, when parsed, then it is the name at start and the namespace at install", () => {
  const start = parseCommandLine(["kubernetes", "start", "-n", "a"]);
  const install = parseCommandLine(["kubernetes", "install", "-n", "a"]);

  assert.deepEqual("values" in start ? start.values : {}, { name: "a" });
  assert.deepEqual("values" in install ? install.values : {}, { namespace: "a" });
});

for (
  const words of [
    "kubernetes start wombat",
    "kubernetes start --job-templ x",
    "kubernetes install --grace 5",
    "job-environment setup --wombat",
    "kubernetes install --flow-rbac dask extra",
  ]
) {
  Deno.test(`kubernetes spelling: given ${words}, when parsed, then it is a wrong command line`, () => {
    assert.throws(() => parseCommandLine(words.split(" ")), (thrown) => toFailure(thrown).tag === "usage");
  });
}
