/**
 * The chart's place on a page, also before the chart is there.
 *
 * @module
 */

import type { ChartLayout } from "../../protocol/protocol.ts";
import { Chart } from "./chart.tsx";
import type { Moment } from "../runs/history.ts";
import { Empty } from "../parts.tsx";

/** What the panel shows. */
export interface ChartPanelProps {
  /** Null: the server has not sent it yet. */
  readonly chart: ChartLayout | null;
  readonly moment: Moment;
}

/** The chart of a machine at a moment. */
export function ChartPanel({ chart, moment }: ChartPanelProps) {
  return (
    <section class="panel chart-panel" aria-label="State chart">
      {chart === null
        ? <Empty title="The chart has not come yet" />
        : <Chart chart={chart} moment={moment} />}
    </section>
  );
}
