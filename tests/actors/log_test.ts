import assert from "node:assert/strict";
import fc from "fast-check";
import { makeLog } from "../../actors/log.ts";
import type { LogLevel } from "../../schemas/settings.ts";
import { fakeClock } from "../support/clock.ts";

const LEVELS: readonly LogLevel[] = ["DEBUG", "INFO", "WARNING", "ERROR"];

function logged(level: LogLevel, at: LogLevel, message: string): readonly string[] {
  const lines: string[] = [];
  makeLog({ write: (line) => lines.push(line), clock: fakeClock(), level, name: "agent" })(at, message);
  return lines;
}

Deno.test("log: given a level, when lines of each level come, then those below are dropped", () => {
  for (const [rank, level] of LEVELS.entries()) {
    const shown = LEVELS.filter((at) => logged(level, at, "x").length === 1);
    assert.deepEqual(shown, LEVELS.slice(rank));
  }
});

Deno.test("log: given a text, when it is logged, then it stands behind moment, level and name", () => {
  assert.deepEqual(logged("INFO", "WARNING", "hello"), [
    "[2023-01-02 03:04:05.000+0000] WARNING - agent | hello",
  ]);
});

Deno.test("log: given a text with line ends and escapes, when it is logged, then it is one line that steers nothing", () => {
  const [line] = logged("INFO", "INFO", "a\r\n[2023-01-02] ERROR - agent | forged\u001b[2J");

  assert.match(line ?? "", / \| a ⏎ \[2023-01-02\] ERROR - agent \| forged�\[2J$/);
});

Deno.test("log: given any text, when it is logged, then one bounded line comes out", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.nat({ max: 1000 }), (text, times) => {
      const [line = "", ...more] = logged("DEBUG", "INFO", text.repeat(times));

      assert.deepEqual(more, []);
      // deno-lint-ignore no-control-regex -- none of these may be left
      assert.doesNotMatch(line, /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/);
      assert.ok(line.length <= 32_000);
    }),
  );
});
