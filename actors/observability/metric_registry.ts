/**
 * Counts metrics and renders them for a scrape. Each event costs one map access.
 *
 * @see Prometheus, "Exposition formats", text format 0.0.4
 * @module
 */

import {
  type LabelsOf,
  METRIC_ROWS,
  type MetricName,
  type MetricOf,
  METRICS,
  type MetricSpec,
} from "../../schemas/observability/metrics.ts";

/** Counts, by the names of `schemas/observability/metrics.ts`. */
export interface MetricRegistry {
  readonly count: <Name extends MetricOf<"counter">>(name: Name, labels: LabelsOf<Name>) => void;
  /** Adds to a gauge; `by` may be negative. */
  readonly add: <Name extends MetricOf<"gauge">>(name: Name, labels: LabelsOf<Name>, by: number) => void;
  readonly set: <Name extends MetricOf<"gauge">>(name: Name, labels: LabelsOf<Name>, value: number) => void;
  /** One measurement of a histogram, in the unit of its name. */
  readonly observe: <Name extends MetricOf<"histogram">>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ) => void;
  /** Calls `look` before each scrape, to set gauges that are only worth computing then. */
  readonly beforeScrape: (look: () => void) => void;
  /** The text of a scrape. */
  readonly render: () => string;
}

/** The media type of {@link MetricRegistry.render}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One series of labels: a value, or the cells of a histogram (one for each bucket, then +Inf) and its sum. */
interface Series {
  readonly labels: readonly string[];
  readonly cells: number[];
  value: number;
}

type Table = Map<string, Series>;

/** An empty registry with every known metric. */
export function makeMetricRegistry(): MetricRegistry {
  const tables = new Map<MetricName, Table>(METRIC_ROWS.map(([name]) => [name, new Map<string, Series>()]));
  const looks: (() => void)[] = [];
  for (const [name, { kind, labels }] of METRIC_ROWS) {
    // A counter that is absent until its first event hides that event from `rate()`.
    if (kind === "counter" && labels.length === 0) seriesFor(tables, name, []);
  }
  return {
    count: (name, labels) => {
      seriesFor(tables, name, labels).value += 1;
    },
    add: (name, labels, by) => {
      seriesFor(tables, name, labels).value += by;
    },
    set: (name, labels, value) => {
      seriesFor(tables, name, labels).value = value;
    },
    observe: (name, labels, value) => {
      const series = seriesFor(tables, name, labels);
      const cell = cellOf(METRICS[name].buckets, value);
      series.cells[cell] = (series.cells[cell] ?? 0) + 1;
      series.value += value;
    },
    beforeScrape: (look) => void looks.push(look),
    render: () => {
      for (const look of looks) look();
      const blocks = METRIC_ROWS.flatMap(([name, spec]) => blockOf(name, spec, tables.get(name)));
      return `${blocks.join("\n")}\n`;
    },
  };
}

function seriesFor(tables: Map<MetricName, Table>, name: MetricName, labels: readonly string[]): Series {
  const table = tables.get(name);
  if (table === undefined) throw new RangeError(`Cannot count ${name}: there is no such metric`);
  const key = labels.length === 1 ? labels[0] ?? "" : labels.join("\u0000");
  const known = table.get(key);
  if (known !== undefined) return known;
  const made = { labels, cells: [], value: 0 };
  table.set(key, made);
  return made;
}

/** The first bucket that is wide enough; after the last one: +Inf. */
function cellOf(buckets: readonly number[], value: number): number {
  const cell = buckets.findIndex((bound) => value <= bound);
  return cell === -1 ? buckets.length : cell;
}

function blockOf(name: MetricName, spec: MetricSpec, table: Table | undefined): readonly string[] {
  if (table === undefined || table.size === 0) return [];
  return [
    `# HELP ${name} ${spec.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${spec.kind}`,
    ...[...table.values()].flatMap((series) => linesOf(name, spec, series)),
  ];
}

function linesOf(name: MetricName, spec: MetricSpec, { labels, cells, value }: Series): readonly string[] {
  const pairs = spec.labels.map((label, i) => [label, labels[i] ?? ""] as const);
  if (spec.buckets === undefined) return [`${name}${labelText(pairs)} ${numberText(value)}`];
  let count = 0;
  const buckets = [...spec.buckets, Infinity].map((bound, i) => {
    count += cells[i] ?? 0;
    return `${name}_bucket${labelText([...pairs, ["le", numberText(bound)]])} ${count}`;
  });
  const own = labelText(pairs);
  return [...buckets, `${name}_sum${own} ${numberText(value)}`, `${name}_count${own} ${count}`];
}

function labelText(pairs: readonly (readonly [name: string, value: string])[]): string {
  if (pairs.length === 0) return "";
  return `{${pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** @see text format: numbers as Go writes them */
function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
