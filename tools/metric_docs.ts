/**
 * Writes the table of `docs/metrics.md` from the rows the metrics are made of, so that it cannot drift. With `--check` nothing
 * is written, and a stale page ends it with exit code 1.
 *
 * @module
 */

import { METRIC_ROWS, type MetricSpec } from "../schemas/observability/metrics.ts";

/** The page, relative to the project. */
export const METRICS_PAGE = "docs/metrics.md";

const BEGIN = "<!-- metrics -->";
const END = "<!-- /metrics -->";

/** The table as Markdown; the formatter leaves it alone. */
export function renderMetrics(): string {
  const rows = METRIC_ROWS.map(([name, spec]) => lineOf(name, spec));
  return [
    "<!-- deno-fmt-ignore-start -->",
    "",
    "| Name | Kind | Labels | What it says |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "<!-- deno-fmt-ignore-end -->",
  ].join("\n");
}

function lineOf(name: string, { kind, labels, help }: MetricSpec): string {
  return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
}

/**
 * A page with its table renewed; the text around it stays.
 *
 * @throws {SyntaxError} when the markers are missing
 */
export function withMetrics(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new SyntaxError(`Cannot fill in the metrics: ${BEGIN} … ${END} is missing`);
  }
  return `${page.slice(0, begin + BEGIN.length)}\n\n${renderMetrics()}\n\n${page.slice(end)}`;
}

async function main(argv: readonly string[]): Promise<number> {
  const before = await Deno.readTextFile(METRICS_PAGE);
  const after = withMetrics(before);
  const isStale = before !== after;
  if (isStale && !argv.includes("--check")) await Deno.writeTextFile(METRICS_PAGE, after);
  const word = !isStale ? "fresh" : argv.includes("--check") ? "stale" : "written";
  await Deno.stdout.write(new TextEncoder().encode(`metric docs: ${word}\n`));
  return isStale && argv.includes("--check") ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
