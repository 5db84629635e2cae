/** Filter and order of the inspector's table. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { HOME, type OverviewRoute, SORT_KEYS } from "../../../../inspector/page/route.ts";
import { rowsInSight } from "../../../../inspector/page/runs/rows_in_sight.ts";
import { selectRows, sortRows } from "../../../../inspector/page/runs/select_rows.ts";
import { someRow } from "../support/rows.ts";

const rows = [
  someRow("a", { flow: "Orders", sinceMs: 30, attempt: 2 }),
  someRow("b", { flow: "billing", sinceMs: 20, state: "watching", taskId: "arn:aws:ecs:x:1:task/c/77ab" }),
  someRow("c", {
    flow: "billing",
    sinceMs: 10,
    state: "failed",
    outcome: "failed",
    end: { state: "Failed", kind: "failure" },
    waitingFor: null,
    failure: { tag: "awsRefused", message: "The cluster is being deleted" },
  }),
];
const runs = new Map(rows.map((row) => [row.id, row]));

const CASES: readonly (readonly [string, Partial<OverviewRoute>, string])[] = [
  ["nothing", {}, "a b c"],
  ["a word in other letters", { query: "ORDERS" }, "a"],
  ["two words that meet in one row", { query: "billing  cluster" }, "c"],
  ["two words that meet nowhere", { query: "orders cluster" }, ""],
  ["part of a task", { query: "77ab" }, "b"],
  ["a tag", { query: "awsrefused" }, "c"],
  ["what is waited for", { query: "answer the claim watching" }, "b"],
  ["a state", { states: ["watching"] }, "b"],
  ["an outcome and a state", { states: ["Failed", "claiming"] }, "a c"],
  ["a state and a word", { states: ["claiming"], query: "billing" }, ""],
  ["the order of flows", { sort: { key: "flow", descending: false } }, "a b c"],
  ["the oldest first", { sort: { key: "since", descending: false } }, "c b a"],
  ["the way of a run", { sort: { key: "state", descending: false } }, "a b c"],
  ["most attempts", { sort: { key: "attempt", descending: true } }, "a b c"],
];

for (const [what, asked, ids] of CASES) {
  Deno.test(`table: given three runs, when ${what} is asked for, then the rows are: ${ids || "none"}`, () => {
    assert.equal(selectRows(runs, { ...HOME, ...asked }).map(({ id }) => id).join(" "), ids);
  });
}

Deno.test("table: given rows in any order, when they are sorted, then none is lost and the order does not depend on theirs", () => {
  const many = Array.from({ length: 12 }, (_, i) => someRow(`r${i}`, { sinceMs: i % 3, attempt: i % 2 }));
  const shuffled = fc.shuffledSubarray(many, { minLength: many.length });
  const sort = fc.record({ key: fc.constantFrom(...SORT_KEYS), descending: fc.boolean() });

  fc.assert(
    fc.property(shuffled, sort, (mixed, by) => assert.deepEqual(sortRows(mixed, by), sortRows(many, by))),
    { numRuns: 100 },
  );
});

Deno.test("table: given any place in a long list, when the rows in sight are chosen, then all of them are and few others", () => {
  const place = fc.record({
    total: fc.nat(10_000),
    listTop: fc.integer({ min: -340_000, max: 2000 }),
    clipTop: fc.nat(400),
    height: fc.nat(1200),
  });

  fc.assert(
    fc.property(place, ({ total, listTop, clipTop, height }) => {
      const clipBottom = clipTop + height;
      const { from, to } = rowsInSight({ listTop, clipTop, clipBottom, rowHeight: 34, total });
      assert.ok(0 <= from && from <= to && to <= total);
      assert.ok(to - from <= height / 34 + 18);
      const seen = (i: number): boolean => listTop + (i + 1) * 34 > clipTop && listTop + i * 34 < clipBottom;
      for (const i of [from - 1, to]) {
        assert.ok(i < 0 || i >= total || !seen(i), `row ${i} is in sight and not drawn`);
      }
    }),
    { numRuns: 300 },
  );
});
