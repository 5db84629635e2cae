import assert from "node:assert/strict";
import { METRIC_ROWS } from "../../schemas/observability/metrics.ts";
import { METRICS_PAGE, renderMetrics, withMetrics } from "../../tools/metric_docs.ts";

Deno.test("metric docs: given docs/metrics.md, when its table is renewed, then nothing changes", () => {
  const page = Deno.readTextFileSync(new URL(`../../${METRICS_PAGE}`, import.meta.url));

  assert.equal(withMetrics(page), page, "run: deno run --allow-read --allow-write tools/metric_docs.ts");
});

Deno.test("metric docs: given every metric, when drawn, then each has one line", () => {
  const lines = renderMetrics().split("\n").filter((line) => line.startsWith("| `"));

  assert.deepEqual(lines.map((line) => /`(\w+)`/.exec(line)?.[1]), METRIC_ROWS.map(([name]) => name));
});

Deno.test("metric docs: given a page without markers, when filled in, then it is refused", () => {
  assert.throws(() => withMetrics("# Metrics\n"), SyntaxError);
});
