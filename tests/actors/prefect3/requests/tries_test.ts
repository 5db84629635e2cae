import assert from "node:assert/strict";
import fc from "fast-check";
import { makeTries } from "../../../../actors/prefect3/requests/tries.ts";
import type { Passing } from "../../../../schemas/prefect3/api_answer.ts";

function trouble(more: Partial<Passing> = {}): Passing {
  const failure = { tag: "unavailable", status: 500, message: "no" } as const;
  return { kind: "passing", cause: "failing", failure, atLeastMs: null, isExtra: false, ...more };
}

function tries(
  mode: "once" | "briefly" | "held",
  { jitter = 0.2, random = 0, maxRetries = null as number | null } = {},
) {
  const clock = { ms: 0 };
  return {
    clock,
    ...makeTries(mode, { clock: { now: () => clock.ms }, random: () => random, jitter, maxRetries }),
  };
}

Deno.test("tries: given no word of the server, when a request fails again and again, then the waits double from 0.25 s to 30 s", () => {
  const { next } = tries("held");

  const waits = Array.from({ length: 10 }, () => next(trouble()));

  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("tries: given any jitter and chance, when a request fails, then the wait is within its bounds and never below what the server asks for", () => {
  const some = fc.record({
    jitter: fc.double({ min: 0, max: 5, noNaN: true }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
    asked: fc.option(fc.integer({ min: 0, max: 10_000_000 })),
    before: fc.nat(12),
  });

  fc.assert(fc.property(some, ({ jitter, random, asked, before }) => {
    const { next } = tries("held", { jitter, random });
    for (let at = 0; at < before; at++) next(trouble());

    const wait = next(trouble({ atLeastMs: asked }));

    assert.ok(wait !== null && wait >= 0);
    if (asked === null) assert.ok(wait <= 30_000);
    else assert.ok(wait >= Math.min(asked, 3_600_000) && wait <= Math.max(30_000, 3_600_000));
  }));
});

Deno.test("tries: given a first failure without jitter, when the second try is waited for, then it comes within 0.25 s", () => {
  assert.ok((tries("briefly", { jitter: 0, random: 1 }).next(trouble()) ?? Infinity) <= 250);
});

Deno.test("tries: given half a minute of failures, when a brief request fails, then it is given up, but not after a single try", () => {
  const { clock, next } = tries("briefly");
  clock.ms = 60_000;

  assert.notEqual(next(trouble()), null);
  assert.equal(next(trouble()), null);
});

Deno.test("tries: given a status that only the user says passes, when a held request is answered with it, then it is not waited for without end", () => {
  const { next } = tries("held");
  const waits = Array.from({ length: 8 }, () => next(trouble({ isExtra: true })));

  assert.equal(waits.indexOf(null), 7);
});

Deno.test("tries: given maintenance, when any request is answered so, then it is waited for without end", () => {
  for (const mode of ["once", "briefly", "held"] as const) {
    const { next } = tries(mode, { maxRetries: 0 });
    for (let at = 0; at < 100; at++) assert.notEqual(next(trouble({ cause: "maintenance" })), null);
  }
});
