/**
 * A chart laid out by elkjs, from the machine itself. Used when charts are written (`machines`): the program that serves the page
 * carries the result and not the layout engine.
 *
 * @module
 */

import elk, { type ElkNode } from "elkjs/lib/elk.bundled.js";
import { transitionsOf } from "./chart_edges.ts";
import type { Chart } from "./charts.ts";
import { textAt } from "../protocol/json_view.ts";
import type { ChartEdge, ChartLayout, ChartNode } from "../protocol/protocol.ts";

/** Pixels of a letter and a line at the size of the labels. */
const LETTER = 6.2;
const LINE = 14;
const PADDING = 24;
const STATE_LETTER = 8;
const STATE_HEIGHT = 46;

/** An arrow before it has a place. */
type Arrow = Pick<ChartEdge, "id" | "from" | "to" | "labels" | "events">;

/** A state before it has a place. */
type Box = Pick<ChartNode, "id" | "kind" | "description" | "actor">;

function boxesOf({ machine }: Chart): readonly Box[] {
  const initial = String(machine.config.initial);
  return Object.values(machine.states).map((node) => ({
    id: node.key,
    kind: node.type === "final" ? "final" : node.key === initial ? "initial" : "state",
    description: node.description ?? "",
    actor: textAt(node.invoke[0], "src"),
  }));
}

/** Transitions by the two states they join. */
function arrowsOf({ machine }: Chart): readonly Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const { from, to, event, label, guard } of transitionsOf(machine)) {
    const id = `${from}>${to}`;
    const text = `${label}${guard === null ? "" : ` [${guard}]`}`;
    const known = arrows.get(id) ?? { id, from, to, labels: [], events: [] };
    arrows.set(id, {
      ...known,
      labels: [...new Set([...known.labels, text])],
      events: [...new Set([...known.events, event])],
    });
  }
  return [...arrows.values()];
}

/** The width a label takes. */
function widthOf(labels: readonly string[]): number {
  return Math.ceil(Math.max(...labels.map((label) => label.length)) * LETTER) + 6;
}

function graphOf(boxes: readonly Box[], arrows: readonly Arrow[]): ElkNode {
  return {
    id: "chart",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.edgeLabels.inline": "false",
      "elk.layered.spacing.nodeNodeBetweenLayers": "36",
      "elk.spacing.nodeNode": "36",
      "elk.spacing.edgeLabel": "4",
      "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.padding": `[top=${PADDING},left=${PADDING},bottom=${PADDING},right=${PADDING}]`,
    },
    children: boxes.map(({ id, actor }) => ({
      id,
      width: Math.max(110, Math.ceil(Math.max(id.length, actor?.length ?? 0) * STATE_LETTER) + 28),
      height: STATE_HEIGHT,
    })),
    edges: arrows.map(({ id, from, to, labels }) => ({
      id,
      sources: [from],
      targets: [to],
      labels: [{ text: labels.join("\n"), width: widthOf(labels), height: labels.length * LINE + 4 }],
    })),
  };
}

/** A point or size to a tenth of a pixel, so that layouts compare well. */
function tenth(value: number | undefined): number {
  return Math.round((value ?? 0) * 10) / 10;
}

/** Lays a chart out from top to bottom. */
export async function layoutChart(chart: Chart): Promise<ChartLayout> {
  const boxes = boxesOf(chart);
  const arrows = arrowsOf(chart);
  const laid: ElkNode = await new elk.default().layout(graphOf(boxes, arrows));
  const places = new Map((laid.children ?? []).map((node) => [node.id, node]));
  const lines = new Map((laid.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    name: chart.name,
    width: tenth(laid.width),
    height: tenth(laid.height),
    nodes: boxes.map((box) => ({ ...box, ...sized(places.get(box.id)) })),
    edges: arrows.map((arrow) => {
      const line = lines.get(arrow.id);
      return { ...arrow, points: pointsOf(line), label: sized(line?.labels?.[0]) };
    }),
  };
}

interface Rectangle {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

function sized(place: Rectangle | undefined) {
  return {
    x: tenth(place?.x),
    y: tenth(place?.y),
    width: tenth(place?.width),
    height: tenth(place?.height),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Line {
  readonly sections?: readonly {
    readonly startPoint: Point;
    readonly endPoint: Point;
    readonly bendPoints?: readonly Point[];
  }[];
}

function pointsOf(line: Line | undefined): Point[] {
  const points = (line?.sections ?? []).flatMap((part) => [
    part.startPoint,
    ...part.bendPoints ?? [],
    part.endPoint,
  ]);
  return points.map(({ x, y }) => ({ x: tenth(x), y: tenth(y) }));
}
