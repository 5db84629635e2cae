/**
 * A chart as a Mermaid state diagram, made from the machine itself.
 *
 * @module
 */

import type { AnyStateMachine } from "xstate";
import { transitionsOf } from "./chart_edges.ts";

/** Mermaid text of a flat machine; equal edges between two states share one arrow. */
export function toMermaid(machine: AnyStateMachine): string {
  const edges = transitionsOf(machine).filter(({ from, to }) => from !== to)
    .map(({ from, to, label }) => `  ${from} --> ${to}: ${label}`);
  const finals = Object.values(machine.states).filter((node) => node.type === "final")
    .map((node) => `  ${node.key} --> [*]`);
  const initial = `  [*] --> ${String(machine.config.initial)}`;
  return ["stateDiagram-v2", initial, ...new Set(edges), ...finals, ""].join("\n");
}
