import assert from "node:assert/strict";
import { sayWhenLate } from "../../agent/late_answers.ts";
import { fakeClock } from "../support/clock.ts";

function world() {
  const clock = fakeClock();
  const lines: string[] = [];
  const whenLate = sayWhenLate({
    clock,
    log: (level, line) => void lines.push(`${level} ${line}`),
    what: "It",
  });
  return { clock, lines, whenLate };
}

const SIGNAL = new AbortController().signal;

Deno.test("late answers: given an answer that does not come, when 10 s have passed, then the log says so once", async () => {
  const { clock, lines, whenLate } = world();

  void whenLate(() => new Promise(() => undefined))(SIGNAL);
  await clock.advance(300_000);

  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^WARNING It is not answered for 10 s by now .* Check the address of the API/);
});

Deno.test("late answers: given questions that are given up one after the other, when they go on, then the lines become fewer until one is answered", async () => {
  const { clock, lines, whenLate } = world();
  const ask = async () => {
    const stop = new AbortController();
    whenLate((signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
    )(
      stop.signal,
    ).catch(() => undefined);
    await clock.advance(20_000);
    stop.abort();
    await clock.advance(0);
  };

  for (let n = 0; n < 9; n++) await ask();
  const unanswered = lines.length;
  await whenLate(() => Promise.resolve("yes"))(SIGNAL);
  await ask();

  // At 10 s, 70 s; the next one is due at 190 s.
  assert.equal(unanswered, 2);
  assert.equal(lines.length, 3);
  assert.equal(clock.pending(), 0);
});
