import assert from "node:assert/strict";
import fc from "fast-check";
import { type AttemptKey, clientToken, tokenNumber } from "../../../schemas/flow_run/client_token.ts";

const KEY: AttemptKey = { runId: "5f1c2c9e-8f0b-4a51-9c3e-0d6a7b8c9d0e", claim: "v3", attempt: 1 };

Deno.test("clientToken: given an attempt, when asked after a restart, then the token is the one of before", () => {
  // Written down once: a token that changes between releases would start a second task for runs in flight.
  assert.equal(clientToken(KEY), "1e19e817c0f65bb4ed716207af92e1027b365235e265865a35f4a654cb2db528");
});

Deno.test("clientToken: given two attempts, when they differ in anything, then the tokens differ and fit ECS", () => {
  const key = fc.record({ runId: fc.string(), claim: fc.string(), attempt: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(key, key, (a, b) => {
      const same = a.runId === b.runId && a.claim === b.claim && a.attempt === b.attempt;

      assert.equal(clientToken(a) === clientToken(b), same);
      assert.match(clientToken(a), /^[0-9a-f]{64}$/);
    }),
    { numRuns: 50 },
  );
});

Deno.test("clientToken: given parts that run together alike, when named, then the tokens differ", () => {
  const tokens = [
    clientToken({ runId: "a", claim: "1", attempt: 11 }),
    clientToken({ runId: "a", claim: "11", attempt: 1 }),
    clientToken({ runId: "a1", claim: "1", attempt: 1 }),
  ];

  assert.equal(new Set(tokens).size, 3);
});

Deno.test("tokenNumber: given skipped numbers, when attempts are counted, then each has the next number that is not skipped", () => {
  const numbers = (skipped: readonly number[]) => [1, 2, 3].map((attempt) => tokenNumber(attempt, skipped));

  assert.deepEqual(numbers([]), [1, 2, 3]);
  assert.deepEqual(numbers([2]), [1, 3, 4]);
  assert.deepEqual(numbers([1, 2, 4]), [3, 5, 6]);
});
