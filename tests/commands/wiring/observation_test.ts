import assert from "node:assert/strict";
import { unobserved } from "../../../actors/observability/call_observer.ts";
import type { Orchestrator } from "../../../schemas/contracts/orchestrator.ts";
import { makeObservation } from "../../../commands/wiring/observation.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { fakeClock } from "../../support/clock.ts";
import { someDueRun } from "../../support/flow_run.ts";
import { parseScrape, valueOf } from "../../support/prometheus.ts";

const { signal } = new AbortController();
const NOW = Date.UTC(2023, 0, 2, 3, 4, 5);

const observation = (agentAddress: string | null, env: Readonly<Record<string, string>> = {}) =>
  makeObservation({
    flavour: "ecs",
    settings: { agentAddress, unhealthyAfterMs: 300_000 },
    health: { silentAfterMs: null },
    env,
    clock: fakeClock(NOW),
  });

Deno.test("observation: given neither health server nor traces, when made, then nothing is wrapped", async () => {
  using seen = await observation(null);
  const poll: Orchestrator["poll"] = () => Promise.reject(new TypeError("not asked"));

  assert.deepEqual(seen.program, {});
  assert.equal(seen.observe, unobserved);
  assert.equal(seen.poll(poll), poll);
  assert.equal(seen.judge(), null);
  assert.equal(seen.scrape(), "");
});

Deno.test("observation: given a log for stages alone, when made, then runs are followed and calls are not measured", async () => {
  using seen = await makeObservation({
    flavour: "ecs",
    settings: { agentAddress: null, unhealthyAfterMs: 300_000 },
    health: { silentAfterMs: null },
    env: {},
    clock: fakeClock(NOW),
    stages: () => undefined,
  });

  assert.equal(typeof seen.program.inspect, "function");
  assert.equal(seen.program.within, undefined);
  assert.equal(seen.observe, unobserved);
});

Deno.test("observation: given polls, when they bring runs or fail, then they are counted, with how late runs were found", async () => {
  using seen = await observation("http://127.0.0.1:1");
  const runs = [{ dueAtMs: NOW - 3000 }, { dueAtMs: NOW + 5000 }, { dueAtMs: null }].map((due) =>
    someDueRun(due)
  );
  const malformed = [{ id: "", version: null, message: "no id" }];
  const page = { runs, malformed, full: false };
  const failing = new FailureError({ tag: "unreachable", message: "away" });

  assert.equal(await seen.poll(() => Promise.resolve(page))(new Set(), signal), page);
  await assert.rejects(seen.poll(() => Promise.reject(failing))(new Set(), signal), failing);
  await assert.rejects(seen.poll(() => Promise.reject(failing))(new Set(), AbortSignal.abort()), failing);

  const samples = parseScrape(seen.scrape());
  const value = (name: string, labels = {}) => valueOf(samples, `prefect_agent_${name}`, labels);
  assert.equal(value("runs_found_total"), 3);
  assert.equal(value("malformed_runs_total"), 1);
  assert.deepEqual([value("poll_lag_seconds_sum"), value("poll_lag_seconds_count")], [3, 3]);
  const results = ["ok", "unreachable", "aborted"];
  assert.deepEqual(results.map((result) => value("poll_seconds_count", { result })), [1, 1, 1]);
  assert.equal(value("last_poll_age_seconds"), 0);
  assert.equal(value("info", { flavour: "ecs" }), 1);
});

Deno.test("observation: given limiters, when scraped, then waiting, fill, rate and slowing show as they are then", async () => {
  using seen = await observation("http://127.0.0.1:1");
  const idle = { waiting: 0, ratePerS: Infinity, slowed: false, fill: 1 };
  let waiting = 0;
  seen.limiters(() => ({
    definitionModify: { waiting, ratePerS: 0.5, slowed: true, fill: 0.25 },
    definitionRead: idle,
  }));
  seen.onTurn("definitionModify", 1500);
  waiting = 7;

  const samples = parseScrape(seen.scrape());
  const value = (name: string) =>
    valueOf(samples, `prefect_agent_aws_limiter_${name}`, { bucket: "definitionModify" });
  assert.deepEqual(["waiting", "rate", "slowed", "fill_ratio", "wait_seconds_sum"].map(value), [
    7,
    0.5,
    1,
    0.25,
    1.5,
  ]);
});

Deno.test("observation: given traces, when a URL with a query is asked for, then that is warned of once, and not for the SDK's own", async () => {
  using seen = await observation(null, { OTEL_DENO: "true" });
  const warned: string[] = [];
  const asked: string[] = [];
  const call = seen.http((request) => {
    asked.push(request.url);
    return Promise.reject(new TypeError("no network"));
  }, (level, message) => warned.push(`${level} ${message}`));

  for (
    const url of [
      "https://t.example/a.yaml?sig=planted",
      "https://t.example/a.yaml?sig=planted",
      "https://b.s3.amazonaws.com/a.yaml?x-id=GetObject",
      "https://t.example/b.yaml",
    ]
  ) await assert.rejects(call({ method: "GET", url, headers: {} }), TypeError);

  assert.equal(asked.length, 4);
  assert.equal(warned.length, 1);
  assert.match(
    warned[0] ?? "",
    /^WARNING The query of requests to https:\/\/t\.example\/a\.yaml is exported/,
  );
  assert.ok(!warned[0]?.includes("planted"));
});

Deno.test("observation: given health that goes by answered polls, when the agent has no room for a run or the API asks to be waited for, then it is well", async () => {
  const clock = fakeClock(NOW);
  using seen = await makeObservation({
    flavour: "worker",
    settings: { agentAddress: "http://127.0.0.1:1", unhealthyAfterMs: 300_000 },
    health: { silentAfterMs: 300_000 },
    env: {},
    clock,
  });
  const judged: (string | null)[] = [];
  const judge = () => void judged.push(seen.judge()?.cause ?? null);

  seen.asks(false);
  await clock.advance(3_600_000);
  judge();
  seen.asks(true);
  await clock.advance(300_001);
  judge();
  seen.excused();
  judge();

  assert.deepEqual(judged, [null, "api", null]);
});
