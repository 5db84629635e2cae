/** Last lines of logs. @module */

import assert from "node:assert/strict";
import { makeLastLines, type ReadLogTail } from "../../../actors/ecs/last_lines.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { refused } from "../../support/fake_ecs.ts";

const place = (container: string) => ({
  container,
  group: "/ecs/flows",
  stream: `p/${container}/1`,
  region: null,
});
const SIGNAL = new AbortController().signal;

function linesOf(read: ReadLogTail, lines = 2) {
  const clock = fakeClock();
  const logged: string[] = [];
  const log = (level: string, text: string) => void logged.push(`${level} ${text}`);
  return { clock, logged, lastLines: makeLastLines({ read, lines, clock, log }) };
}

Deno.test("last lines: given two containers, when asked, then the last lines of all are given", async () => {
  const { lastLines } = linesOf(
    (where) => Promise.resolve([`${where.container} 1`, `${where.container} 2`]),
    3,
  );

  assert.deepEqual(await lastLines([place("a"), place("b")], SIGNAL), ["a 2", "b 1", "b 2"]);
});

Deno.test("last lines: given a line without end, when asked, then its first 500 characters are kept", async () => {
  const { lastLines } = linesOf(() => Promise.resolve(["x".repeat(100_000)]));

  const [line = ""] = await lastLines([place("a")], SIGNAL);

  assert.equal(line, `${"x".repeat(500)}…`);
});

Deno.test("last lines: given a refusal, when asked, then a warning names the stream and the others are read", async () => {
  const denied = refused("GetLogEvents", "AccessDeniedException", "no");
  const { lastLines, logged } = linesOf(({ container }) =>
    container === "a" ? Promise.reject(new FailureError(denied)) : Promise.resolve(["b"])
  );

  assert.deepEqual(await lastLines([place("a"), place("b")], SIGNAL), ["b"]);
  assert.match(logged[0] ?? "", /^WARNING Cannot read log stream p\/a\/1 of group \/ecs\/flows: /);
});

Deno.test("last lines: given a hundred lost tasks, when asked for at once, then five a second are read", async () => {
  let reads = 0;
  const { lastLines, clock } = linesOf(() => Promise.resolve([`${reads++}`]));

  const all = Promise.all(Array.from({ length: 100 }, () => lastLines([place("a")], SIGNAL)));
  await clock.advance(2000);
  const during = reads;
  await clock.advance(30_000);
  await all;

  assert.ok(during <= 16, `${during} reads`);
  assert.equal(reads, 100);
});

Deno.test("last lines: given CloudWatch throttles, when asked on, then the pace is slower", async () => {
  const throttled = new FailureError({ tag: "throttled", retryAfterMs: 500, message: "Rate exceeded" });
  let asked = 0;
  const { clock, lastLines, logged } = linesOf(() => {
    asked++;
    return asked === 1 ? Promise.reject(throttled) : Promise.resolve([]);
  });
  await lastLines([place("a")], SIGNAL);

  for (let n = 0; n < 5; n++) void lastLines([place("a")], SIGNAL);
  await clock.advance(0);

  // Five at once but for the refusal, after which nothing is left.
  assert.deepEqual([asked, logged.length], [1, 1]);
});
