/**
 * What a seed stands for: who is there, what is due, and what goes wrong until when. Plain data.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { type Dice, diceOf } from "./dice.ts";
import { type LaggingReplica, laggingReplicaOf } from "./lagging_replica.ts";
import { type RollingUpdate, rollingUpdateOf } from "./rolling_update.ts";
import { type Variant, variantOf } from "./variant.ts";

/** How the process in a task behaves. */
export type Fate =
  | "success"
  | "failed"
  /** Ends without reporting a state. */
  | "dies"
  /** Neither ends nor reacts to a cancellation. */
  | "hangs"
  /** A task run waits for a late retry; the process ends meanwhile and another one is due. */
  | "retriesLate";

/** What a user does to a run. */
export interface UserAction {
  readonly kind: "cancel" | "restart";
  readonly atMs: number;
}

/** A run that becomes due. */
export interface DueRun {
  readonly id: string;
  readonly dueMs: number;
  readonly flow: number;
  readonly durationMs: number;
  readonly fate: Fate;
  readonly userActions: readonly UserAction[];
}

/** An agent of ours. */
export interface AgentSetup {
  readonly name: string;
  readonly cluster: string;
  readonly startMs: number;
}

/** Probabilities of what may happen to one message, and its way. */
export interface NetworkFaults {
  readonly minMs: number;
  readonly maxMs: number;
  readonly loseRequest: number;
  readonly loseReply: number;
  readonly twice: number;
  /** Executed long after it was sent. */
  readonly late: number;
  readonly slow: number;
  readonly serverError: number;
  /** The operations that are hit, null: all. */
  readonly aim: readonly string[] | null;
}

/** A time in which something is away. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly how: string;
}

/** How ECS behaves. */
export interface EcsFaults {
  /** Longest time until a task is visible, and by which an answer may be out of date. */
  readonly missingMs: number;
  readonly staleMs: number;
  readonly refusePlacement: number;
  readonly failStart: number;
  readonly neverStart: number;
  readonly reclaim: number;
  readonly throttle: readonly Window[];
  /** Part of the account's limits that is left to us. */
  readonly limitShare: number;
  readonly emptyAnswer: number;
  readonly deregister: readonly number[];
  /** Whether a request is checked before its token is looked up. */
  readonly checksFirst: boolean;
  /** Operations that IAM refuses while faults last. */
  readonly denied: readonly string[];
}

/** A world. Times count from its beginning, in milliseconds. */
export interface Scenario {
  readonly seed: number;
  /** From here on nothing goes wrong any more. */
  readonly calmMs: number;
  /** Cloud locks versions; Server ignores them and refuses a second claim for 30 s. */
  readonly server: "versions" | "guard";
  /** Whether a refused state keeps those after it from being set. */
  readonly stopsAtRefusal: boolean;
  readonly flavour: "ecs" | "fargate";
  readonly agents: readonly AgentSetup[];
  readonly runs: readonly DueRun[];
  readonly network: NetworkFaults;
  readonly outages: readonly Window[];
  readonly ecs: EcsFaults;
  /** Probability of a crash at each step of an agent, and how many there are at most. */
  readonly crash: { readonly rate: number; readonly most: number; readonly downMs: number };
  /** Moments at which an agent is told to stop in good order. */
  readonly stops: readonly number[];
  readonly jumps: readonly { readonly atMs: number; readonly byMs: number }[];
  /** Probability that a foreign agent takes a run that is due. */
  readonly foreign: number;
  readonly startDeadlineMs: number;
  /** Whether the server reschedules runs that are silent for 10 minutes. Without that a lost run stays lost. */
  readonly lazarus: boolean;
  readonly variant: Variant;
  /** Null: every process is of the present release. */
  readonly update: RollingUpdate | null;
  /** The run that ends every process which plans it; null: none does. */
  readonly poison: string | null;
  /** Null: reads show what was set. */
  readonly replica: LaggingReplica | null;
  /** Run config of all runs. @default as the variant says */
  readonly runConfig?: JsonObject;
}

/** A network without faults. */
export const CALM: NetworkFaults = {
  minMs: 1,
  maxMs: 30,
  loseRequest: 0,
  loseReply: 0,
  twice: 0,
  late: 0,
  slow: 0,
  serverError: 0,
  aim: null,
};

/** What faults are aimed at: few messages matter much. */
const AIMS: readonly [readonly string[], ...(readonly string[])[]] = [
  ["RunTask"],
  ["RunTask", "set_flow_run_states"],
  ["set_flow_run_states"],
  ["set_flow_run_states", "flow_run"],
  ["RegisterTaskDefinition", "DescribeTaskDefinition"],
  ["DescribeTasks", "ListTasks"],
  ["StopTask", "DescribeTasks"],
  ["set_task_run_states", "task_run"],
  ["write_run_logs"],
];

/** The world of a seed: mostly small, with few kinds of faults at a time but those often. */
export function scenarioOf(seed: number): Scenario {
  const dice = diceOf(seed, "scenario");
  const calmMs = dice.int(20, 150) * 1000;
  const update = rollingUpdateOf(seed, calmMs);
  const agents = withReplica(agentsOf(dice), update);
  const server = dice.chance(0.6) ? "versions" : "guard";
  const stopsAtRefusal = dice.chance(0.5);
  const flavour = dice.chance(0.7) ? "ecs" : "fargate";
  const variant = variantOf(seed, flavour);
  const runs = runsOf(dice, calmMs);
  return {
    seed,
    calmMs,
    server,
    stopsAtRefusal,
    flavour,
    variant,
    update,
    replica: laggingReplicaOf(seed, { calmMs, server }),
    agents,
    runs,
    poison: update === null ? poisonOf(seed, runs) : null,
    network: networkOf(dice, variant.aim),
    outages: windowsOf(dice, {
      calmMs,
      probability: 0.25,
      how: ["down", "503", "html", "401", "hang", "after"],
    }),
    ecs: ecsOf(dice, calmMs),
    crash: {
      rate: dice.chance(0.5) ? dice.pick([0.005, 0.02, 0.1, 0.3]) : 0,
      most: dice.int(1, 4),
      downMs: dice.pick([10, 1000, 20_000]),
    },
    stops: dice.chance(0.15) ? [dice.int(0, calmMs)] : [],
    jumps: dice.chance(0.1)
      ? [{ atMs: dice.int(0, calmMs), byMs: dice.pick([-3_600_000, -20_000, 20_000, 3_600_000]) }]
      : [],
    foreign: dice.chance(0.15) ? 0.4 : 0,
    startDeadlineMs: dice.pick([60_000, 120_000, 300_000]),
    lazarus: dice.chance(0.3),
  };
}

/** Part of the seeds in which a run is poison; their dice are their own, so that all other seeds are as they were. */
const POISONED = 0.06;

function poisonOf(seed: number, runs: readonly DueRun[]): string | null {
  const dice = diceOf(seed, "poison");
  if (!dice.chance(POISONED)) return null;
  return runs[dice.int(0, runs.length - 1)]?.id ?? null;
}

function agentsOf(dice: Dice): readonly AgentSetup[] {
  const count = dice.chance(0.3) ? dice.int(2, 3) : 1;
  const same = dice.chance(0.5);
  return Array.from({ length: count }, (_, at) => ({
    name: same || at === 0 ? "agent" : dice.pick(["agent", "other"]),
    cluster: same || at === 0 ? "main" : dice.pick(["main", "second"]),
    startMs: at === 0 ? 0 : dice.int(0, 5000),
  }));
}

/** The replica of an agent that would be replaced alone. */
function withReplica(agents: readonly AgentSetup[], update: RollingUpdate | null): readonly AgentSetup[] {
  const [first] = agents;
  if (agents.length !== 1 || first === undefined || update?.hasReplica !== true) return agents;
  return [first, { ...first, startMs: first.startMs + 500 }];
}

function runsOf(dice: Dice, calmMs: number): readonly DueRun[] {
  const count = dice.chance(0.004) ? dice.int(26, 45) : dice.chance(0.2) ? dice.int(3, 8) : dice.int(1, 2);
  const flows = dice.int(1, Math.min(3, count));
  return Array.from({ length: count }, (_, at) => {
    const fate = dice.chance(0.6)
      ? "success"
      : dice.pick<Fate>(["failed", "dies", "dies", "hangs", "retriesLate"]);
    return {
      id: `00000000-0000-4000-8000-${String(at + 1).padStart(12, "0")}`,
      dueMs: dice.chance(0.6) ? 0 : dice.int(0, calmMs),
      flow: dice.int(1, flows),
      durationMs: dice.pick([200, 5000, 30_000, 90_000]),
      fate,
      userActions: userActionsOf(dice, calmMs, fate),
    };
  });
}

/** What hangs is likely to be cancelled. */
function userActionsOf(dice: Dice, calmMs: number, fate: Fate): readonly UserAction[] {
  if (!dice.chance(fate === "hangs" ? 0.8 : 0.2)) return [];
  return [{
    kind: fate === "hangs" ? "cancel" : dice.pick(["cancel", "restart"]),
    atMs: dice.int(0, calmMs),
  }];
}

function networkOf(dice: Dice, fixedAim: Variant["aim"]): NetworkFaults {
  const maxMs = dice.pick([5, 40, 400]);
  if (dice.chance(0.35)) return { ...CALM, maxMs };
  const drawnAim = dice.chance(0.6) ? dice.pick(AIMS) : null;
  const aim = fixedAim ?? drawnAim;
  const some = () => dice.chance(0.35) ? dice.pick(aim === null ? [0.02, 0.1, 0.3] : [0.3, 0.6, 0.9]) : 0;
  return {
    aim,
    minMs: 1,
    maxMs,
    loseRequest: some(),
    loseReply: some(),
    twice: some(),
    late: some() / 2,
    slow: some(),
    serverError: some(),
  };
}

function ecsOf(dice: Dice, calmMs: number): EcsFaults {
  const some = () => dice.chance(0.25) ? dice.pick([0.1, 0.4, 0.8]) : 0;
  return {
    missingMs: dice.pick([0, 500, 1500, 3000]),
    staleMs: dice.pick([0, 0, 1000]),
    refusePlacement: some(),
    failStart: some(),
    neverStart: some() / 2,
    reclaim: some(),
    throttle: windowsOf(dice, { calmMs, probability: 0.2, how: ["all", "RunTask", "DescribeTasks"] }),
    limitShare: dice.chance(0.2) ? dice.pick([0.02, 0.1]) : 1,
    emptyAnswer: dice.chance(0.05) ? 0.3 : 0,
    deregister: dice.chance(0.2) ? someMoments(dice, calmMs) : [],
    checksFirst: dice.chance(0.5),
    denied: dice.chance(0.08)
      ? [dice.pick(["TagResource", "DescribeTaskDefinition", "DescribeTasks", "ListTasks", "StopTask"])]
      : [],
  };
}

/** Mostly early, while runs are on their way. */
function someMoments(dice: Dice, calmMs: number): readonly number[] {
  return Array.from({ length: dice.int(1, 5) }, () => dice.int(0, dice.chance(0.7) ? 5000 : calmMs));
}

interface WindowWish {
  readonly calmMs: number;
  readonly probability: number;
  readonly how: readonly [string, ...string[]];
}

function windowsOf(dice: Dice, { calmMs, probability, how }: WindowWish): readonly Window[] {
  if (!dice.chance(probability)) return [];
  return Array.from({ length: dice.int(1, 2) }, () => {
    const fromMs = dice.int(0, calmMs);
    return {
      fromMs,
      toMs: Math.min(calmMs, fromMs + dice.pick([2000, 20_000, 60_000])),
      how: dice.pick(how),
    };
  });
}
