/**
 * The charts of this program by name.
 *
 * @module
 */

import type { AnyStateMachine } from "xstate";
import { agentMachine } from "../../machines/agent.ts";
import { flowRunMachine } from "../../machines/flow_run.ts";

/** One chart. */
export interface Chart {
  readonly name: string;
  readonly machine: AnyStateMachine;
}

/** Every machine, the one of a flow run first. */
export const charts: readonly Chart[] = [
  { name: "flow_run", machine: flowRunMachine },
  { name: "agent", machine: agentMachine },
];
