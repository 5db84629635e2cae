/**
 * The chart of a machine as the server laid it out, with the present state lit and the way of the run marked.
 *
 * @module
 */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChartEdge, ChartLayout, ChartNode } from "../../protocol/protocol.ts";
import { ChartMap } from "./chart_map.tsx";
import type { Moment } from "../runs/history.ts";
import { toneOf } from "../tones.ts";

/** What the chart shows. */
export interface ChartProps {
  readonly chart: ChartLayout;
  readonly moment: Moment;
}

const ZOOM_STEP = 1.25;
/** Letters must stay legible when the whole chart is fitted. */
const SMALLEST = 0.35;
const LARGEST = 2;
/** The chart opens no smaller than this: a part that can be read beats a whole that cannot. */
const LEGIBLE = 0.85;

/** The chart in a box that scrolls; the lit state is kept in sight. */
export function Chart({ chart, moment }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState<number | null>(null);
  const fit = useFit(box, chart);
  const scale = zoom ?? Math.max(fit, LEGIBLE);
  useCentre({ box, node: chart.nodes.find(({ id }) => id === moment.state), scale, fit });
  const by = (factor: number): void => setZoom(Math.min(LARGEST, Math.max(SMALLEST, scale * factor)));
  return (
    <div class="chart">
      <div class="chart-tools" role="toolbar" aria-label="Chart">
        <button type="button" class="button" aria-label="Smaller" onClick={() => by(1 / ZOOM_STEP)}>−</button>
        <button type="button" class="button" aria-label="Larger" onClick={() => by(ZOOM_STEP)}>+</button>
        <button type="button" class="button" onClick={() => setZoom(Math.max(SMALLEST, fit))}>Whole</button>
        <button type="button" class="button" onClick={() => setZoom(null)}>Follow</button>
      </div>
      <div class="chart-box" ref={box} tabIndex={0} role="group" aria-label="State chart, can be scrolled">
        <svg
          role="img"
          aria-label={`State chart; the present state is ${moment.state}`}
          viewBox={`0 0 ${chart.width} ${chart.height}`}
          width={Math.round(chart.width * scale)}
          height={Math.round(chart.height * scale)}
        >
          <Tips />
          {byImportance(chart.edges, moment).map((edge) => (
            <Edge
              key={edge.id}
              edge={edge}
              moment={moment}
            />
          ))}
          {chart.nodes.map((node) => <Node key={node.id} node={node} moment={moment} />)}
          {chart.edges.map((edge) => <Labels key={edge.id} edge={edge} moment={moment} />)}
        </svg>
      </div>
      {scale > fit
        ? (
          <ChartMap
            chart={chart}
            moment={moment}
            onLook={(x, y) => centre(box.current, x * scale, y * scale)}
          />
        )
        : null}
    </div>
  );
}

/** Arrow heads, one for each way an arrow can look. */
function Tips() {
  return (
    <defs>
      {["minor", "plain", "taken", "just"].map((look) => (
        <marker
          key={look}
          id={`tip-${look}`}
          class={`tip ${look}`}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0.5 L8 4 L0 7.5 z" />
        </marker>
      ))}
    </defs>
  );
}

type Look = "minor" | "plain" | "taken" | "just";

function lookOf(edge: ChartEdge, moment: Moment): Look {
  if (moment.justTaken.has(edge.id)) return "just";
  if (moment.taken.has(edge.id)) return "taken";
  return isMinor(edge, moment) ? "minor" : "plain";
}

/** Marked arrows are drawn over plain ones where they share a line. */
function byImportance(edges: readonly ChartEdge[], moment: Moment): readonly ChartEdge[] {
  const rank: Readonly<Record<Look, number>> = { minor: 0, plain: 1, taken: 2, just: 3 };
  return [...edges].sort((a, b) => rank[lookOf(a, moment)] - rank[lookOf(b, moment)]);
}

/** Where retries come together there are more arrows than anything else: those that do not concern this run recede. */
const HUB = "backingOff";

function isMinor({ from, to }: ChartEdge, { state }: Moment): boolean {
  return (from === HUB || to === HUB) && from !== state;
}

function Edge({ edge, moment }: { readonly edge: ChartEdge; readonly moment: Moment }) {
  const look = lookOf(edge, moment);
  const times = moment.taken.get(edge.id) ?? 0;
  return (
    <path
      class={`edge ${look}`}
      data-edge={edge.id}
      data-taken={times}
      d={rounded(edge.points)}
      marker-end={`url(#tip-${look})`}
    >
      <title>
        {`${edge.from} → ${edge.to}: ${edge.labels.join(", ")}${times > 0 ? `; taken ${times}×` : ""}`}
      </title>
    </path>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const BEND = 6;

/** A line along points whose corners are rounded. */
function rounded(points: readonly Point[]): string {
  return points.map((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (before === undefined) return `M${point.x} ${point.y}`;
    if (after === undefined) return `L${point.x} ${point.y}`;
    const start = towards(point, before);
    const end = towards(point, after);
    return `L${start.x} ${start.y}Q${point.x} ${point.y} ${end.x} ${end.y}`;
  }).join("");
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(BEND, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function Node({ node, moment }: { readonly node: ChartNode; readonly moment: Moment }) {
  const active = node.id === moment.state;
  const classes = ["node", node.kind, active ? `active tone-${toneOf(node.id)}` : ""];
  if (moment.visited.has(node.id)) classes.push("visited");
  const middle = node.x + node.width / 2;
  const line = node.y + node.height / 2 + (node.actor === null ? 4.5 : -2);
  return (
    <g class={classes.join(" ")} data-state={node.id} data-active={active}>
      <title>{node.description === "" ? node.id : node.description}</title>
      {active
        ? (
          <rect
            class="halo"
            x={node.x - 5}
            y={node.y - 5}
            width={node.width + 10}
            height={node.height + 10}
            rx="13"
          />
        )
        : null}
      <rect class="box" x={node.x} y={node.y} width={node.width} height={node.height} rx="9" />
      {node.kind === "final"
        ? (
          <rect
            class="rim"
            x={node.x + 3}
            y={node.y + 3}
            width={node.width - 6}
            height={node.height - 6}
            rx="7"
          />
        )
        : null}
      <text class="name" x={middle} y={line}>{node.id}</text>
      {node.actor === null ? null : <text class="actor" x={middle} y={line + 15}>{node.actor}</text>}
    </g>
  );
}

/** Labels of the arrows that matter now: the ways out of the lit state and the one just taken. The rest would be noise. */
function Labels({ edge, moment }: { readonly edge: ChartEdge; readonly moment: Moment }) {
  const look = lookOf(edge, moment);
  if (edge.from !== moment.state && look !== "just") return null;
  const { x, y, width, height } = edge.label;
  return (
    <g class={`edge-label ${look}`}>
      <rect x={x} y={y} width={width} height={height} rx="3" />
      {edge.labels.map((label, i) => <text key={label} x={x + 3} y={y + 12 + i * 14}>{label}</text>)}
    </g>
  );
}

/** Room above the chart for its buttons; the same as in the style sheet. */
const TOOLS_PX = 44;

/** The scale at which the whole chart fits its box. */
function useFit(box: RefObject<HTMLDivElement | null>, chart: ChartLayout): number {
  const [fit, setFit] = useState(1);
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const measure = (): void =>
      setFit(
        Math.min(1, current.clientWidth / chart.width, (current.clientHeight - TOOLS_PX) / chart.height),
      );
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => observer.disconnect();
  }, [chart.width, chart.height]);
  return fit;
}

interface Centre {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly node: ChartNode | undefined;
  readonly scale: number;
  /** Changes with the size of the box. */
  readonly fit: number;
}

/** Scrolls the lit state to the middle whenever it changes. */
function useCentre({ box, node, scale, fit }: Centre): void {
  useLayoutEffect(() => {
    if (box.current === null || node === undefined) return;
    centre(box.current, (node.x + node.width / 2) * scale, (node.y + node.height / 2) * scale);
  }, [node?.id, scale, fit]);
}

/** Scrolls a place, in pixels of the drawing, to the middle. */
function centre(box: HTMLElement | null, x: number, y: number): void {
  box?.scrollTo(x - box.clientWidth / 2, y + TOOLS_PX - box.clientHeight / 2);
}
