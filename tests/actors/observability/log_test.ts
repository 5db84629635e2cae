import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { makeLog } from "../../../actors/observability/log.ts";
import type { LogSubject } from "../../../schemas/contracts/log.ts";
import type { LogLevel } from "../../../schemas/observability/log_level.ts";
import { fakeClock } from "../../support/clock.ts";

const LEVELS: readonly LogLevel[] = ["DEBUG", "INFO", "WARNING", "ERROR"];

function logged(level: LogLevel, at: LogLevel, message: string): readonly string[] {
  const lines: string[] = [];
  makeLog({
    write: (line) => lines.push(line),
    redact: makeRedactor(),
    clock: fakeClock(),
    level,
    name: "agent",
  })(at, message);
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

function loggedJson(message: string, subject?: LogSubject): Record<string, unknown> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = makeLog({
    write,
    redact: makeRedactor(),
    clock: fakeClock(),
    level: "DEBUG",
    name: "agent",
    format: "json",
  });
  log("ERROR", message, subject);
  assert.equal(lines.length, 1);
  assert.ok(!lines[0]?.includes("\n"));
  return JSON.parse(lines[0] ?? "");
}

const RUN = "f00dcafe-0000-4000-8000-000000000001";

const LINE = {
  time: "2023-01-02T03:04:05.000Z",
  level: "ERROR",
  logger: "agent",
  message: 'it said "no"\nand left',
};

Deno.test("log as JSON: given a text, when it is logged, then one object with time, level, logger and message", () => {
  assert.deepEqual(loggedJson('it said "no"\nand left'), LINE);
  assert.deepEqual(loggedJson('it said "no"\nand left', { runId: null }), LINE);
});

Deno.test("log as JSON: given a line about a flow run, when it is logged, then the run is a field", () => {
  assert.deepEqual(loggedJson('it said "no"\nand left', { runId: RUN }), { ...LINE, flowRunId: RUN });
});

Deno.test("log as JSON: given a text that names a run, when the caller names none, then there is no field for it", () => {
  assert.equal("flowRunId" in loggedJson(`Cannot tell about flow run ${RUN}`), false);
});

Deno.test("log: given somebody who is told of lines, when lines come, then they are told as they are written, without secrets and without those below the level", () => {
  const redact = makeRedactor();
  redact.learn({ credentials: ["s3cret-key"] });
  const told: string[] = [];
  const log = makeLog({
    write: () => undefined,
    redact,
    clock: fakeClock(),
    level: "INFO",
    name: "agent",
    tell: (level, message) => void told.push(`${level} ${message}`),
  });

  log("DEBUG", "below");
  log("WARNING", "with s3cret-key");

  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /^WARNING with /);
  assert.ok(!(told[0] ?? "").includes("s3cret-key"));
});
