/** Amounts as Kubernetes writes them. */

import assert from "node:assert/strict";
import { amountOf, milliOf, wholeOf } from "../../../../schemas/kubernetes/job/quantity.ts";

const ONE = 10n ** 9n;

const AMOUNTS: readonly (readonly [text: string, amount: bigint | undefined])[] = [
  ["0", 0n],
  ["-0", 0n],
  ["500m", ONE / 2n],
  ["0.5", ONE / 2n],
  [".5", ONE / 2n],
  ["0.29", 290_000_000n],
  ["290m", 290_000_000n],
  ["1.1", 1_100_000_000n],
  ["1100m", 1_100_000_000n],
  ["1100000u", 1_100_000_000n],
  ["1n", 1n],
  ["0.1n", 1n],
  ["1e-400", undefined],
  ["2", 2n * ONE],
  ["2.", 2n * ONE],
  ["1Ki", 1024n * ONE],
  ["1.5Gi", 1536n * 1024n ** 2n * ONE],
  ["0.1Gi", 107_374_182_400_000_000n],
  ["4G", 4n * ONE * ONE],
  ["1k", 1000n * ONE],
  ["1e3", 1000n * ONE],
  ["1E3", 1000n * ONE],
  ["1e-3", ONE / 1000n],
  ["12E", 12n * ONE ** 3n],
  ["+1", ONE],
  ["-1", undefined],
  ["1K", undefined],
  ["2 GB", undefined],
  ["2GB", undefined],
  ["", undefined],
  ["two", undefined],
  ["1e999", undefined],
  ["9".repeat(70), undefined],
];
for (const [text, amount] of AMOUNTS) {
  Deno.test(`quantity: given '${text.slice(0, 20)}', when read, then it is ${amount ?? "none"}`, () => {
    assert.equal(amountOf(text), amount);
  });
}

Deno.test("quantity: given parts of what is counted, when counted, then they are rounded up", () => {
  const counted = ["0.1m", "1m", "1.0001", "0"].map((text) => milliOf(amountOf(text) ?? -1n));

  assert.deepEqual(counted, [1n, 1n, 1001n, 0n]);
  assert.deepEqual(["0.5", "1.5Ki"].map((text) => wholeOf(amountOf(text) ?? -1n)), [1n, 1536n]);
});
