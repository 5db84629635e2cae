import assert from "node:assert/strict";
import { makeApiTrouble } from "../../../../actors/prefect3/requests/api_trouble.ts";
import { fakeClock } from "../../../support/clock.ts";

function trouble() {
  const clock = fakeClock(0);
  const logged: string[] = [];
  const made = makeApiTrouble({ clock, log: (level, text) => void logged.push(`${level} ${text}`) });
  return { clock, logged, ...made };
}

Deno.test("API trouble: given an API that has never answered, when a request fails, then that is told at once, and its end as well", async () => {
  const { clock, logged, failed, answered } = trouble();

  failed("GET /x", "silent", "no connection");
  await clock.advance(5000);
  answered("GET /x");

  assert.equal(logged.length, 2);
  assert.match(logged[0] ?? "", /^WARNING no connection; check PREFECT_API_URL/);
  assert.match(logged[1] ?? "", /^INFO The Prefect API answers again after 5 s/);
});

Deno.test("API trouble: given an API that works, when single requests fail and are answered, then nothing is told", async () => {
  const { clock, logged, failed, answered } = trouble();
  answered("GET /x");

  for (let at = 0; at < 100; at++) {
    failed("GET /x", "failing", "HTTP 503");
    await clock.advance(100);
    answered("GET /x");
  }

  assert.deepEqual(logged, []);
});

Deno.test("API trouble: given an hour of failures on many routes, when they go on, then the lines come at growing intervals and say how long and how often", async () => {
  const { clock, logged, failed, answered } = trouble();
  answered("GET /x");

  for (let second = 0; second < 3600; second++) {
    failed(`GET /${second % 7}`, "failing", "HTTP 503");
    await clock.advance(1000);
  }

  assert.ok(logged.length >= 3 && logged.length <= 30, `${logged.length} lines`);
  assert.match(logged.at(-1) ?? "", /\d+ tries in .* min, the last one of GET \/\d/);
});

Deno.test("API trouble: given causes side by side, when they last, then each has lines of its own", async () => {
  const { clock, logged, failed } = trouble();

  for (let second = 0; second < 30; second++) {
    failed("GET /x", "failing", "HTTP 500");
    failed("GET /y", "throttled", "HTTP 429");
    await clock.advance(1000);
  }

  assert.ok(
    logged.some((line) => line.includes("HTTP 500")) && logged.some((line) => line.includes("HTTP 429")),
  );
});

Deno.test("API trouble: given a route that fails and another that works, when only the other is answered, then the failing one is not told to be over", async () => {
  const { clock, logged, failed, answered } = trouble();
  answered("GET /y");
  for (let second = 0; second < 30; second++) {
    failed("GET /x", "failing", "HTTP 500");
    answered("GET /y");
    await clock.advance(1000);
  }
  const before = logged.filter((line) => line.startsWith("INFO")).length;

  answered("GET /x");

  assert.deepEqual([before, logged.filter((line) => line.startsWith("INFO")).length], [0, 1]);
});
