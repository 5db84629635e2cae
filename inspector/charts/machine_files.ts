/**
 * Every chart as files: Mermaid, XState JSON, SVG, and a page that shows them.
 *
 * @module
 */

import { layoutChart } from "./chart_layout.ts";
import { toSvg } from "./chart_svg.ts";
import { type Chart, charts } from "./charts.ts";
import { toMermaid } from "./mermaid.ts";
import type { ChartLayout } from "../protocol/protocol.ts";

/** A chart in all its forms. */
export interface DrawnChart {
  readonly name: string;
  readonly mermaid: string;
  /** XState's definition of the machine, as JSON text. */
  readonly json: string;
  readonly svg: string;
  readonly layout: ChartLayout;
}

/** Draws one chart. */
async function draw(chart: Chart): Promise<DrawnChart> {
  const layout = await layoutChart(chart);
  return {
    name: chart.name,
    mermaid: toMermaid(chart.machine),
    json: `${JSON.stringify(chart.machine.definition, null, 2)}\n`,
    svg: toSvg(layout),
    layout,
  };
}

/** Draws every chart. */
export async function drawCharts(): Promise<readonly DrawnChart[]> {
  return await Promise.all(charts.map(draw));
}

const TITLES: Readonly<Record<string, string>> = { flow_run: "One flow run", agent: "The agent" };

function section({ name, mermaid, layout }: DrawnChart): string {
  const states = layout.nodes.filter(({ description }) => description !== "")
    .map(({ id, description, actor }) =>
      `| \`${id}\` | ${description} | ${actor === null ? "" : `\`${actor}\``} |`
    );
  return [
    `## ${TITLES[name] ?? name}`,
    "",
    `![${TITLES[name] ?? name}](${name}.svg)`,
    "",
    "| State | What happens | Actor |",
    "| --- | --- | --- |",
    ...states,
    "",
    `The same chart for [Stately's editor](${name}.json), and in Mermaid:`,
    "",
    "```mermaid",
    `${mermaid}\`\`\``,
    "",
  ].join("\n");
}

/** Files for a folder, by name. */
export function machineFiles(drawn: readonly DrawnChart[]): ReadonlyMap<string, string> {
  const index = [
    "# The state machines",
    "",
    "These charts are made from the code: `deno task machines:docs` writes them, and `deno task check` fails when they are stale.",
    "",
    ...drawn.map(section),
  ].join("\n");
  const files = drawn.flatMap(({ name, mermaid, json, svg }): (readonly [string, string])[] => [
    [`${name}.mmd`, mermaid],
    [`${name}.json`, json],
    [`${name}.svg`, svg],
  ]);
  return new Map([["README.md", index], ...files]);
}
