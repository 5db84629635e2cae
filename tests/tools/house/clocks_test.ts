import assert from "node:assert/strict";
import { clockBreaches } from "../../../tools/house/clocks.ts";

const breachesAt = (path: string, text: string) => clockBreaches([{ path, text }]).length;

Deno.test("clocks: given every way to read a clock or to set a timer, when a room uses it, then it is a breach", () => {
  const ways = [
    "setTimeout(f, 5)",
    "setInterval(f, 5)",
    "const later = setTimeout;",
    "globalThis.setTimeout(f, 5)",
    "Date.now()",
    "const now = Date.now;",
    "performance.now()",
    "performance.timeOrigin",
    "new Date()",
    "new Date;",
    "Date()",
    "AbortSignal.timeout(5)",
    "Temporal.Now.instant()",
    "`${Date.now()}`",
    'import { setTimeout as wait } from "node:timers/promises";',
    "Math.random()",
  ];

  for (const way of ways) assert.equal(breachesAt("agent/a.ts", way) > 0, true, way);
});

Deno.test("clocks: given a clock that is passed in, when a room uses it, then there is no breach", () => {
  const text = [
    "const clock = { setTimeout: (fn, ms) => port.after(ms, fn) };",
    "clock.setTimeout(f, 5);",
    "new Date(atMs).toISOString();",
    "let timer: ReturnType<typeof setTimeout>;",
    "// Date.now() is read elsewhere",
    'say("Math.random()");',
  ].join("\n");

  assert.equal(breachesAt("agent/a.ts", text), 0);
});

Deno.test("clocks: given the rooms that provide time and chance, when they read them, then there is no breach", () => {
  for (const folder of ["actors/time", "inspector/page/runs", "bench", "tools", "tests/agent"]) {
    assert.equal(breachesAt(`${folder}/a.ts`, "Date.now()"), 0, folder);
  }
  assert.equal(breachesAt("commands/wiring/a.ts", "Math.random"), 0);
  assert.equal(breachesAt("commands/wiring/a.ts", "Date.now()"), 1);
  assert.equal(breachesAt("actors/time/a.ts", "Math.random()"), 1);
});
