import assert from "node:assert/strict";
import { METRIC_ROWS, seriesOf } from "../../schemas/observability/metrics.ts";
import { parse } from "@std/yaml";

const read = (name: string): string =>
  Deno.readTextFileSync(new URL(`../../examples/${name}`, import.meta.url));

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: unknown }[] };
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const dashboard: Dashboard = JSON.parse(read("grafana_dashboard.json"));
const rules: Rules = parse(read("alert_rules.yml"));
const labelsBySeries = new Map<string, readonly string[]>(
  METRIC_ROWS.flatMap(([name, { labels }]) => seriesOf(name).map((series) => [series, labels] as const)),
);

/** Labels that a scrape or a histogram adds to those of the metric. */
const ADDED = ["instance", "le"];

/** Names of series in an expression. */
function seriesIn(expr: string): readonly string[] {
  return [...expr.matchAll(/\b(?:prefect_agent|process)_[a-z_]+\b/g)].map(([name]) => name);
}

/** What an expression says wrongly about our metrics. */
function faultsOf(expr: string): readonly string[] {
  const unknown = seriesIn(expr).filter((name) => !labelsBySeries.has(name)).map((name) =>
    `no metric ${name}`
  );
  const known = new Set([...ADDED, ...seriesIn(expr).flatMap((name) => labelsBySeries.get(name) ?? [])]);
  const selected = [...expr.matchAll(/[{,]\s*([a-z]+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label ?? "");
  const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list]) =>
    (list ?? "").split(/,\s*/)
  );
  const strange = [...selected, ...grouped].filter((label) => !known.has(label)).map((label) =>
    `no label ${label}`
  );
  return [...unknown, ...strange];
}

const dashboardExprs = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ title, expr }))
);
const alertExprs = rules.groups.flatMap((group) =>
  group.rules.map(({ alert, expr }) => ({ title: alert, expr }))
);

for (const { title, expr } of [...dashboardExprs, ...alertExprs]) {
  Deno.test(`examples: given ${title}, when read, then it asks for metrics and labels that exist: ${expr.slice(0, 40)}`, () => {
    assert.ok(seriesIn(expr).length > 0, expr);
    assert.deepEqual(faultsOf(expr), [], expr);
  });
}

Deno.test("examples: given the check itself, when a name or a label is wrong, then it says so", () => {
  assert.deepEqual(faultsOf("rate(prefect_agent_poll_total[5m])"), ["no metric prefect_agent_poll_total"]);
  assert.deepEqual(faultsOf('sum by (flow) (prefect_agent_runs{run="x"})'), [
    "no label run",
    "no label flow",
  ]);
});

Deno.test("examples: given the dashboard, when read, then it shows every metric, and its panels do not overlap in id", () => {
  const shown = new Set(dashboardExprs.flatMap(({ expr }) => seriesIn(expr)));
  const missing = METRIC_ROWS.filter(([name]) => !seriesOf(name).some((series) => shown.has(series)));

  assert.deepEqual(missing.map(([name]) => name), []);
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
});
