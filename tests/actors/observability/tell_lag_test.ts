import assert from "node:assert/strict";
import { makeLagTeller } from "../../../actors/observability/tell_lag.ts";

const MINUTE = 60_000;

function told() {
  const time = { now: 0 };
  const lines: string[] = [];
  const tell = makeLagTeller({
    elapsedMs: () => time.now,
    log: (level, message) => lines.push(`${level} ${message}`),
  });
  return { time, lines, tell };
}

Deno.test("lag: given timers that are late by a second or less, when told, then nothing is said", () => {
  const { lines, tell } = told();
  for (const lateMs of [-3, 0, 999, 1000]) tell(lateMs);
  assert.deepEqual(lines, []);
});

Deno.test("lag: given a timer that is late by more than a second, when told, then one warning says by how much", () => {
  const { lines, tell } = told();
  tell(2345);
  tell(9000);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^WARNING The agent did nothing for 2\.3 s, and all flow runs waited/);
});

Deno.test("lag: given timers that are late each second for a day, when told, then the lines come further and further apart", () => {
  const { time, lines, tell } = told();
  const minutes: number[] = [];
  for (; time.now < 24 * 60 * MINUTE; time.now += 1000) {
    const before = lines.length;
    tell(1500);
    if (lines.length > before) minutes.push(time.now / MINUTE);
  }
  assert.deepEqual(minutes.slice(0, 8), [0, 1, 3, 7, 15, 31, 63, 123]);
  assert.ok(lines.length < 40, String(lines.length));
});
