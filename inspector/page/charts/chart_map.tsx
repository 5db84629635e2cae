/**
 * The whole chart in small: where in it the run is, which way it came, and a way to look elsewhere.
 *
 * @module
 */

import type { ChartLayout } from "../../protocol/protocol.ts";
import type { Moment } from "../runs/history.ts";
import { toneOf } from "../tones.ts";

/** What the map shows and whom it tells. */
export interface ChartMapProps {
  readonly chart: ChartLayout;
  readonly moment: Moment;
  /** Takes a place in pixels of the chart. */
  readonly onLook: (x: number, y: number) => void;
}

/** The map; the keyboard has no use for it, since the chart itself scrolls. */
export function ChartMap({ chart, moment, onLook }: ChartMapProps) {
  const look = (event: MouseEvent): void => {
    if (!(event.currentTarget instanceof Element)) return;
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    onLook(((event.clientX - left) / width) * chart.width, ((event.clientY - top) / height) * chart.height);
  };
  return (
    <svg class="chart-map" viewBox={`0 0 ${chart.width} ${chart.height}`} aria-hidden="true" onClick={look}>
      {chart.edges.filter(({ id }) =>
        moment.taken.has(id) || moment.justTaken.has(id)
      ).map(({ id, points }) => (
        <polyline
          key={id}
          points={points.map(({ x, y }) => `${x},${y}`).join(" ")}
        />
      ))}
      {chart.nodes.map(({ id, x, y, width, height }) => (
        <rect key={id} class={lookOf(id, moment)} x={x} y={y} width={width} height={height} rx="12" />
      ))}
    </svg>
  );
}

function lookOf(id: string, { state, visited }: Moment): string {
  if (id === state) return `here tone-${toneOf(id)}`;
  return visited.has(id) ? "been" : "";
}
