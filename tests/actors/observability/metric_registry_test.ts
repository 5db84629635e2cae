import assert from "node:assert/strict";
import fc from "fast-check";
import { makeMetricRegistry } from "../../../actors/observability/metric_registry.ts";
import { METRIC_ROWS, METRICS } from "../../../schemas/observability/metrics.ts";
import { parseScrape, valueOf } from "../../support/prometheus.ts";

Deno.test("metric registry: given nothing counted, when scraped, then counters without labels are there at 0", () => {
  const samples = parseScrape(makeMetricRegistry().render());

  const counters = METRIC_ROWS.filter(([, { kind, labels }]) => kind === "counter" && labels.length === 0);
  assert.deepEqual(samples, counters.map(([name]) => ({ name, labels: {}, value: 0 })));
});

Deno.test("metric registry: given counts, additions and settings, when scraped, then each series stands alone", () => {
  const registry = makeMetricRegistry();

  registry.count("prefect_agent_runs_ended_total", ["failed", "notPlaced"]);
  registry.count("prefect_agent_runs_ended_total", ["failed", "notPlaced"]);
  registry.count("prefect_agent_runs_ended_total", ["completed", "none"]);
  registry.add("prefect_agent_runs", ["claiming"], 1);
  registry.add("prefect_agent_runs", ["claiming"], -1);
  registry.set("prefect_agent_aws_limiter_rate", ["clusterRead"], Infinity);

  const samples = parseScrape(registry.render());
  const value = (name: string, labels: Record<string, string>) => valueOf(samples, name, labels);
  assert.equal(value("prefect_agent_runs_ended_total", { outcome: "failed", failure: "notPlaced" }), 2);
  assert.equal(value("prefect_agent_runs_ended_total", { outcome: "completed" }), 1);
  assert.equal(value("prefect_agent_runs", { state: "claiming" }), 0);
  assert.equal(value("prefect_agent_aws_limiter_rate", { bucket: "clusterRead" }), Infinity);
});

Deno.test("metric registry: given a scrape, when rendered, then every block is announced with help and type", () => {
  const registry = makeMetricRegistry();
  registry.observe("prefect_agent_poll_seconds", ["ok"], 0.02);

  const lines = registry.render().split("\n");

  const at = lines.indexOf("# TYPE prefect_agent_poll_seconds histogram");
  assert.equal(lines[at - 1], `# HELP prefect_agent_poll_seconds ${METRICS.prefect_agent_poll_seconds.help}`);
  assert.equal(lines[at + 1], 'prefect_agent_poll_seconds_bucket{result="ok",le="0.01"} 0');
  assert.equal(lines[at + 2], 'prefect_agent_poll_seconds_bucket{result="ok",le="0.025"} 1');
});

Deno.test("metric registry: given any measurements, when scraped, then buckets rise to the count and hold what is not above their bound", () => {
  const seconds = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(seconds, { maxLength: 30 }), (values) => {
      const registry = makeMetricRegistry();
      registry.observe("prefect_agent_poll_seconds", ["ok"], 0);
      for (const value of values) registry.observe("prefect_agent_poll_seconds", ["ok"], value);

      const samples = parseScrape(registry.render());

      const buckets = samples.filter(({ name }) => name === "prefect_agent_poll_seconds_bucket");
      for (const { labels: { le }, value } of buckets) {
        const bound = le === "+Inf" ? Infinity : Number(le);
        assert.equal(value, [0, ...values].filter((each) => each <= bound).length);
      }
      assert.equal(buckets.length, METRICS.prefect_agent_poll_seconds.buckets.length + 1);
      assert.equal(valueOf(samples, "prefect_agent_poll_seconds_count"), values.length + 1);
    }),
    { numRuns: 50 },
  );
});

Deno.test("metric registry: given any text as a label, when scraped, then it comes back as it was", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      fc.pre(one !== other);
      const registry = makeMetricRegistry();
      registry.count("prefect_agent_run_retries_total", [one, other]);
      registry.count("prefect_agent_run_retries_total", [other, one]);

      const samples = parseScrape(registry.render()).filter(({ name }) => name.includes("retries"));

      assert.deepEqual(samples.map(({ labels }) => [labels.step, labels.failure]), [[one, other], [
        other,
        one,
      ]]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("metric registry: given a look before each scrape, when scraped twice, then it looks twice", () => {
  const registry = makeMetricRegistry();
  let age = 0;
  registry.beforeScrape(() => registry.set("prefect_agent_last_poll_age_seconds", [], ++age));

  registry.render();

  assert.equal(valueOf(parseScrape(registry.render()), "prefect_agent_last_poll_age_seconds"), 2);
});

Deno.test("metric names: given every row, when read, then name, unit and labels follow Prometheus' rules", () => {
  for (const [name, { kind, labels, buckets, help }] of METRIC_ROWS) {
    assert.match(name, /^(prefect_agent|process)_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), kind === "counter", name);
    assert.equal(buckets !== undefined, kind === "histogram", name);
    assert.ok(kind !== "histogram" || name.endsWith("_seconds"), name);
    assert.deepEqual(buckets, buckets?.toSorted((a, b) => a - b));
    assert.ok(help.length > 8 && !help.endsWith("."), name);
    for (const label of labels) {
      assert.doesNotMatch(label, /run|flow$|name|id$|arn/, `${name} would have no bound`);
    }
  }
});
