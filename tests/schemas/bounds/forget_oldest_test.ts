import assert from "node:assert/strict";
import { forgetOldest } from "../../../schemas/bounds/forget_oldest.ts";

Deno.test("forget oldest: given a map and a set, when bounded, then what was added last is left, and a bound of none leaves nothing", () => {
  for (const [most, left] of [[5, "abc"], [3, "abc"], [2, "bc"], [0, ""]] as const) {
    const map = new Map([..."cab"].map((key) => [key, 1]));
    map.delete("c");
    map.set("c", 2);
    const set = new Set("abc");

    forgetOldest(map, most);
    forgetOldest(set, most);

    assert.deepEqual([[...map.keys()].join(""), [...set].join("")], [left, left]);
  }
});
