import assert from "node:assert/strict";
import { keepCredentials } from "../../../actors/aws/keep_credentials.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";

function expiring(clock: { now: () => number }, lifeMs: number) {
  const asked: number[] = [];
  const failures: Error[] = [];
  const ask = () => {
    asked.push(clock.now());
    const failure = failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    const expiration = new Date(clock.now() + lifeMs);
    return Promise.resolve({ accessKeyId: `A${asked.length}`, secretAccessKey: "s", expiration });
  };
  return { asked, failures, ask };
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

Deno.test("keepCredentials: given many who ask, when nothing expires soon, then the source is asked once", async () => {
  const clock = fakeClock();
  const { ask, asked } = expiring(clock, HOUR);
  const provide = keepCredentials(ask, clock);

  const got = await Promise.all([provide(), provide(), provide()]);
  await clock.advance(HOUR - 6 * MINUTE);
  got.push(await provide());

  assert.deepEqual(new Set(got.map(({ accessKeyId }) => accessKeyId)), new Set(["A1"]));
  assert.equal(asked.length, 1);
});

Deno.test("keepCredentials: given credentials about to expire, when asked, then they are renewed five minutes ahead", async () => {
  const clock = fakeClock();
  const { ask } = expiring(clock, HOUR);
  const provide = keepCredentials(ask, clock);
  await provide();

  await clock.advance(HOUR - 5 * MINUTE);

  assert.equal((await provide()).accessKeyId, "A2");
});

Deno.test("keepCredentials: given a source that fails, when the last credentials still hold, then they are used to their end", async () => {
  const clock = fakeClock();
  const { ask, asked, failures } = expiring(clock, HOUR);
  const provide = keepCredentials(ask, clock);
  await provide();
  await clock.advance(HOUR - 2 * MINUTE);
  for (let n = 0; n < 3; n++) failures.push(new Error("metadata does not answer"));

  const first = await provide();
  const second = await provide();
  await clock.advance(2 * MINUTE);
  const failure = await provide().then(() => assert.fail("expected a failure"), toFailure);
  await clock.advance(10_000);
  failures.length = 0;

  assert.deepEqual([first.accessKeyId, second.accessKeyId], ["A1", "A1"]);
  assert.equal(failure.tag, "unavailable");
  assert.match(failure.message, /metadata does not answer/);
  assert.equal(asked.length, 3, "a failing source is not asked for every call");
  assert.equal((await provide()).accessKeyId, "A4");
});

Deno.test("keepCredentials: given a source that fails before the last credentials expire, when it answers again, then both are told", async () => {
  const clock = fakeClock();
  const { ask, failures } = expiring(clock, HOUR);
  const told: string[] = [];
  const provide = keepCredentials(ask, clock, {
    failed: ({ message }) => void told.push(message),
    over: () => void told.push("over"),
  });
  await provide();
  await clock.advance(HOUR - 2 * MINUTE);
  failures.push(new Error("metadata does not answer"));

  await provide();
  await clock.advance(10_000);
  await provide();

  assert.deepEqual(told, ["over", "Error: metadata does not answer", "over"]);
});

Deno.test("keepCredentials: given credentials without an end, when days pass, then the source is not asked again", async () => {
  const clock = fakeClock();
  let asked = 0;
  const provide = keepCredentials(
    () => Promise.resolve({ accessKeyId: `A${++asked}`, secretAccessKey: "s" }),
    clock,
  );
  await provide();

  await clock.advance(100 * HOUR);

  assert.equal((await provide()).accessKeyId, "A1");
});

for (const lifeMs of [2 * MINUTE, 10 * MINUTE, 15 * MINUTE, 12 * HOUR]) {
  Deno.test(`keepCredentials: given credentials that live for ${lifeMs} ms, when they are used all the time, then none is used at its end and the source is asked twice a life at most`, async () => {
    const clock = fakeClock();
    const { ask, asked } = expiring(clock, lifeMs);
    const provide = keepCredentials(ask, clock);
    const leftMs: number[] = [];

    for (let passed = 0; passed < 3 * lifeMs; passed += lifeMs / 40) {
      const { expiration } = await provide();
      leftMs.push((expiration?.getTime() ?? 0) - clock.now());
      await clock.advance(lifeMs / 40);
    }

    assert.ok(Math.min(...leftMs) > 0);
    assert.ok(asked.length <= 7, `${asked.length} questions in three lives`);
  });
}
