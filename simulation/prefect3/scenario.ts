/**
 * What a seed stands for in the worlds of Prefect 3: who is there, what is due, and what goes wrong until when. Plain data.
 *
 * @module
 */

import { CANCELLING_TIMEOUT_SECONDS } from "../../schemas/prefect3/state_rules/server_times.ts";
import type { ServerRelease } from "../../schemas/prefect3/state_rules/transition.ts";
import { type Dice, diceOf } from "../world/dice.ts";
import {
  type AgentSetup,
  type NetworkFaults,
  type Scenario,
  scenarioOf,
  type Window,
} from "../world/scenario.ts";
import { PLAIN } from "../world/variant.ts";

/** How the process in a task behaves. */
export type Fate3 =
  | "success"
  | "failed"
  /** Ends without telling a state. */
  | "dies"
  /** Neither ends nor reacts to a cancellation. */
  | "hangs"
  /** Fails, waits within its task, and succeeds. */
  | "retries"
  /** Fails, and ends while it waits within its task. */
  | "diesRetrying"
  /** Is suspended, and its task ends; it goes on when somebody resumes it. */
  | "suspends"
  /** Is told to end, and puts itself back. */
  | "putsBack";

/** What a person does to a run. */
export interface Action3 {
  readonly kind: "cancel" | "retry";
  readonly atMs: number;
}

/** A run that becomes due. */
export interface DueRun3 {
  readonly id: string;
  readonly dueMs: number;
  /** Index of its deployment. */
  readonly deployment: number;
  readonly durationMs: number;
  readonly fate: Fate3;
  readonly actions: readonly Action3[];
}

/** A deployment. */
export interface Deployment3 {
  readonly id: string;
  /** Most runs at a time; null: any number. */
  readonly limit: number | null;
  readonly strategy: "ENQUEUE" | "CANCEL_NEW";
}

/** A world. Times count from its beginning, in milliseconds. */
export interface Scenario3 extends Scenario {
  readonly release: ServerRelease;
  readonly due: readonly DueRun3[];
  readonly deployments: readonly Deployment3[];
  /** Most PENDING and RUNNING runs of the pool; null: any number. */
  readonly poolLimit: number | null;
  readonly sockets: {
    readonly channel: "up" | "none";
    /** Moments at which every socket breaks; silently: nobody is told. */
    readonly breaks: readonly { readonly atMs: number; readonly isSilent: boolean }[];
    /** Times in which none can be opened. */
    readonly away: readonly Window[];
  };
  /** After so long the server sets a run that is being cancelled to Cancelled. */
  readonly cancellingTimeoutMs: number;
}

/** The operations that network faults are aimed at: few messages matter much. */
const AIMS: readonly [readonly string[], ...(readonly string[])[]] = [
  ["RunTask"],
  ["RunTask", "set_state", "bulk_set_state"],
  ["set_state", "bulk_set_state"],
  ["set_state", "get_scheduled_flow_runs"],
  ["RegisterTaskDefinition", "DescribeTaskDefinition"],
  ["DescribeTasks", "ListTasks"],
  ["StopTask", "DescribeTasks"],
  ["PATCH flow_runs", "labels"],
  ["GET flow_runs", "flow_runs/filter"],
  ["deployments/filter", "flows/filter"],
];

/** The world of a seed: network, AWS and crashes as in the worlds of Prefect 1, all else of its own. */
export function scenario3Of(seed: number): Scenario3 {
  const base = scenarioOf(seed);
  const dice = diceOf(seed, "prefect 3");
  const { calmMs } = base;
  const deployments = deploymentsOf(dice);
  const due = runsOf(dice, { calmMs, deployments: deployments.length });
  return {
    ...base,
    ...{ flavour: "ecs", server: "versions", variant: PLAIN, runs: [] },
    ...{ update: null, poison: null, replica: null, lazarus: false, jumps: [] },
    agents: workersOf(dice),
    network: aimed(dice, base.network),
    outages: base.outages.map((window) => ({ ...window, how: window.how === "401" ? "503" : window.how })),
    ecs: { ...base.ecs, denied: [] },
    release: dice.chance(0.15) ? "3.4" : "3.9",
    // Behind a limit many runs would take hours.
    deployments: due.length < MANY ? deployments : deployments.map((one) => ({ ...one, limit: null })),
    due,
    poolLimit: dice.chance(0.1) && due.length < MANY ? dice.int(1, 3) : null,
    sockets: socketsOf(dice, calmMs),
    cancellingTimeoutMs: dice.pick([30_000, CANCELLING_TIMEOUT_SECONDS * 1000]),
  };
}

/** More runs than one page of an answer holds are played by few seeds. */
const MANY = 100;

function workersOf(dice: Dice): readonly AgentSetup[] {
  const count = dice.chance(0.4) ? dice.int(2, 3) : 1;
  const isSame = dice.chance(0.5);
  return Array.from({ length: count }, (_, at) => ({
    name: isSame || at === 0 ? "worker" : `worker-${at}`,
    cluster: "default",
    startMs: at === 0 ? 0 : dice.int(0, 5000),
  }));
}

function deploymentsOf(dice: Dice): readonly Deployment3[] {
  return Array.from({ length: dice.int(1, 3) }, (_, at) => ({
    id: `dddddddd-0000-4000-8000-${String(at + 1).padStart(12, "0")}`,
    limit: dice.chance(0.3) ? dice.int(1, 2) : null,
    strategy: dice.chance(0.8) ? "ENQUEUE" : "CANCEL_NEW",
  }));
}

function runsOf(
  dice: Dice,
  { calmMs, deployments }: { readonly calmMs: number; readonly deployments: number },
): readonly DueRun3[] {
  const isLong = dice.chance(0.0005);
  const count = isLong ? dice.int(201, 230) : dice.chance(0.3) ? dice.int(3, 9) : dice.int(1, 2);
  return Array.from({ length: count }, (_, at) => {
    const fate = isLong || dice.chance(0.5) ? "success" : dice.pick<Fate3>(FATES);
    return {
      id: `00000000-0000-4000-8000-${String(at + 1).padStart(12, "0")}`,
      dueMs: isLong || dice.chance(0.6) ? 0 : dice.int(0, calmMs),
      deployment: dice.int(0, deployments - 1),
      durationMs: dice.pick([200, 5000, 30_000, 90_000]),
      fate,
      actions: isLong ? [] : actionsOf(dice, calmMs, fate),
    };
  });
}

const FATES: readonly [Fate3, ...Fate3[]] = [
  ...(["failed", "dies", "dies", "hangs", "retries", "diesRetrying", "suspends", "putsBack"] as const),
];

/** What hangs is likely to be cancelled. */
function actionsOf(dice: Dice, calmMs: number, fate: Fate3): readonly Action3[] {
  if (!dice.chance(fate === "hangs" ? 0.8 : 0.25)) return [];
  const kinds: readonly Action3["kind"][] = fate === "hangs" ? ["cancel"] : dice.pick([
    ["cancel"],
    ["retry"],
    ["cancel", "retry"],
    ["retry", "retry"],
  ]);
  return kinds.map((kind) => ({ kind, atMs: dice.int(0, calmMs) }));
}

function aimed(dice: Dice, network: NetworkFaults): NetworkFaults {
  return network.aim === null ? network : { ...network, aim: dice.pick(AIMS) };
}

function socketsOf(dice: Dice, calmMs: number): Scenario3["sockets"] {
  const breaks = dice.chance(0.3) ? dice.int(1, 4) : 0;
  return {
    channel: dice.chance(0.75) ? "up" : "none",
    breaks: Array.from({ length: breaks }, () => ({ atMs: dice.int(0, calmMs), isSilent: dice.chance(0.3) })),
    away: dice.chance(0.15) ? [{ fromMs: dice.int(0, calmMs), toMs: calmMs, how: "refused" }] : [],
  };
}
