/** Amounts as Kubernetes writes them. */

import assert from "node:assert/strict";
import { amountOf } from "../../../../schemas/kubernetes/job/quantity.ts";

const AMOUNTS: readonly (readonly [text: string, amount: number | undefined])[] = [
  ["0", 0],
  ["500m", 0.5],
  ["0.5", 0.5],
  [".5", 0.5],
  ["2", 2],
  ["2.", 2],
  ["1Ki", 1024],
  ["1.5Gi", 1.5 * 1024 ** 3],
  ["4G", 4e9],
  ["1k", 1000],
  ["1e3", 1000],
  ["12E", 12e18],
  ["+1", 1],
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
