import assert from "node:assert/strict";
import fc from "fast-check";
import { isOlderLoosely } from "../../../schemas/python/loose_version.ts";
import golden from "../../golden/fargate/image_and_command.json" with { type: "json" };

const OLD = "prefect execute cloud-flow";
const NEW = "prefect execute flow-run";

for (const { id, flow_run, expect } of golden.cases) {
  const command = (JSON.stringify(expect).match(/prefect execute [a-z-]+/) ?? [])[0];
  const version: unknown = flow_run.flow.core_version;
  if (command === undefined || typeof version !== "string") continue;
  Deno.test(`${id}: given core version ${JSON.stringify(version)}, when compared, then the command follows`, () => {
    assert.equal(isOlderLoosely(version, "0.13.0") ? OLD : NEW, command);
  });
}

// Compared with LooseVersion of Python 3.9; where that fails, the version is new.
const COMPARED: readonly (readonly [string | null | undefined, boolean])[] = [
  [undefined, true],
  [null, true],
  ["", true],
  ["0.13", true],
  ["0.12.6", true],
  ["0.9.8+3.gabc", true],
  ["0+unknown", false],
  ["0.13.0", false],
  ["0.13.0rc1", false],
  ["0.13.0+1", false],
  ["0.13+1", false],
  ["0.13.10", false],
  ["0.100", false],
  ["latest", false],
  ["v0.12.0", false],
  ["1", false],
];

for (const [version, old] of COMPARED) {
  Deno.test(`isOlderLoosely: given ${JSON.stringify(version)}, when compared with 0.13.0, then as Prefect 0.15`, () => {
    assert.equal(isOlderLoosely(version, "0.13.0"), old);
  });
}

Deno.test("isOlderLoosely: given any numbers, when compared, then they are ordered one by one", () => {
  const numbers = fc.array(fc.nat({ max: 30 }), { minLength: 3, maxLength: 3 });
  fc.assert(fc.property(numbers, numbers, (left, right) => {
    const index = left.findIndex((part, at) => part !== right[at]);
    const expected = index >= 0 && (left[index] ?? 0) < (right[index] ?? 0);
    assert.equal(isOlderLoosely(left.join("."), right.join(".")), expected);
  }));
});
