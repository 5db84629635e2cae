/**
 * A chart as a Mermaid state diagram, made from the machine itself.
 *
 * @module
 */

import type { AnyStateMachine } from "xstate";
import { type DirectedGraphNode, toDirectedGraph } from "xstate/graph";

/** Events of actors read better without the library's prefix: `claimRun done`. */
export function eventLabel(label: string): string {
  if (label === "") return "always";
  return label.replace(/^xstate\.done\.actor\.(.+)$/, "$1 done").replace(
    /^xstate\.error\.actor\.(.+)$/,
    "$1 failed",
  )
    .replace(/^xstate\.after\.([^.]+)\..+$/, "after $1").replaceAll("*", "any run");
}

function edgesOf(node: DirectedGraphNode, machineId: string): readonly string[] {
  const name = (id: string): string => id.replace(`${machineId}.`, "");
  return node.edges.filter((edge) => edge.source !== edge.target).map((edge) =>
    `  ${name(edge.source.id)} --> ${name(edge.target.id)}: ${eventLabel(edge.label.text)}`
  );
}

/** Mermaid text of a flat machine; equal edges between two states share one arrow. */
export function toMermaid(machine: AnyStateMachine): string {
  const { children } = toDirectedGraph(machine);
  const initial = String(machine.config.initial);
  const edges = new Set(children.flatMap((child) => edgesOf(child, machine.id)));
  const finals = children.filter((child) => child.stateNode.type === "final").map((child) =>
    `  ${child.stateNode.key} --> [*]`
  );
  return ["stateDiagram-v2", `  [*] --> ${initial}`, ...edges, ...finals, ""].join("\n");
}
