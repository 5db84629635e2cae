/**
 * The rule that imports form no circle, neither between files nor between rooms; types count.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path/posix";
import type { Breach, SourceFile } from "./breach.ts";
import { importsOf } from "./code.ts";
import { type Room, roomOf, ROOMS } from "./rooms.ts";

type Graph = ReadonlyMap<string, Iterable<string>>;

/** Circles between files. */
export function fileCircles(files: readonly SourceFile[]): readonly Breach[] {
  return circlesOf(new Map(files.map((file) => [file.path, targetsOf(file)])), "import circle");
}

/** Circles between rooms. */
export function roomCircles(
  files: readonly SourceFile[],
  rooms: readonly Room[] = ROOMS,
): readonly Breach[] {
  const graph = new Map<string, Set<string>>();
  for (const file of files) {
    const from = roomOf(file.path, rooms)?.path;
    if (from === undefined) continue;
    const reached = graph.get(from) ?? new Set();
    graph.set(from, reached);
    for (const target of targetsOf(file)) {
      const to = roomOf(target, rooms)?.path;
      if (to !== undefined && to !== from) reached.add(to);
    }
  }
  return circlesOf(graph, "circle between rooms");
}

function targetsOf({ path, text }: SourceFile): readonly string[] {
  return importsOf(text).filter(({ to }) => to.startsWith("."))
    .map(({ to }) => normalize(join(dirname(path), to)));
}

function circlesOf(graph: Graph, name: string): readonly Breach[] {
  const state = new Map<string, "open" | "done">();
  const found: Breach[] = [];
  const visit = (node: string, trail: readonly string[]): void => {
    if (state.get(node) === "done") return;
    if (state.get(node) === "open") {
      const circle = [...trail.slice(trail.indexOf(node)), node];
      found.push({ rule: "circles", path: node, line: null, what: `${name}: ${circle.join(" -> ")}` });
      return;
    }
    state.set(node, "open");
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    state.set(node, "done");
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}
