/** Addresses of the inspector's page. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { HOME, parseRoute, printRoute, type Route, SORT_KEYS } from "../../../inspector/page/route.ts";

const state = fc.stringMatching(/^[a-zA-Z]{1,12}$/);
const route: fc.Arbitrary<Route> = fc.oneof(
  fc.constant({ page: "agent" as const }),
  fc.record({
    page: fc.constant("run" as const),
    id: fc.string({ minLength: 1 }),
    step: fc.option(fc.nat({ max: 999_999_999 })),
  }, { noNullPrototype: true }),
  fc.record({
    page: fc.constant("overview" as const),
    query: fc.string(),
    states: fc.array(state, { maxLength: 4 }),
    sort: fc.record({ key: fc.constantFrom(...SORT_KEYS), descending: fc.boolean() }, {
      noNullPrototype: true,
    }),
  }, { noNullPrototype: true }),
);

Deno.test("route: given any place, when its address is read again, then it is the same place", () => {
  fc.assert(fc.property(route, (place) => assert.deepEqual(parseRoute(printRoute(place)), place)), {
    numRuns: 300,
  });
});

Deno.test("route: given the usual view, when it is printed, then nothing needless is said", () => {
  assert.equal(printRoute(HOME), "#/");
  assert.equal(printRoute({ page: "run", id: "a/b", step: null }), "#/run/a%2Fb");
});

const ODD: readonly (readonly [string, Route])[] = [
  ["", HOME],
  ["#", HOME],
  ["#/nowhere", HOME],
  ["#/run/", HOME],
  ["#/?sort=weight", HOME],
  ["#/?sort=-attempt", { ...HOME, sort: { key: "attempt", descending: true } }],
  ["#/?states=,failed,", { ...HOME, states: ["failed"] }],
  ["#/run/100%", { page: "run", id: "100%", step: null }],
  ["#/run/a?step=-1", { page: "run", id: "a", step: null }],
  ["#/run/a?step=2x", { page: "run", id: "a", step: null }],
  ["#/run/a?step=12", { page: "run", id: "a", step: 12 }],
];

for (const [hash, place] of ODD) {
  Deno.test(`route: given the address ${JSON.stringify(hash)}, when it is read, then it leads somewhere`, () => {
    assert.deepEqual(parseRoute(hash), place);
  });
}
