/**
 * In what a world differs from agents with default options and runs without a run config of their own.
 *
 * @module
 */

import { type Dice, diceOf } from "./dice.ts";

/** The differences; {@link PLAIN} has none. */
export interface Variant {
  /** `--task-definition-per-run` (ecs). */
  readonly definitionPerRun: boolean;
  /** `enable_task_revisions` (fargate). All flows share a name then, and so a family. */
  readonly taskRevisions: boolean;
  /** `--failure-log-lines`. */
  readonly failureLogLines: number;
  /** What the run configs name (ecs): a template in S3, or a registered task definition. */
  readonly runsName: "nothing" | "template" | "taskDefinition";
  /** Whether reads of EC2, S3 and CloudWatch Logs cross the network; else they are answered at once. */
  readonly readsTravel: boolean;
  /** Tasks that the account has room for while faults last; null: any number. */
  readonly accountLimit: number | null;
  /** The only operations that network faults hit; null: as the scenario says. */
  readonly aim: readonly string[] | null;
}

/** Default options, runs that name nothing. */
export const PLAIN: Variant = {
  definitionPerRun: false,
  taskRevisions: false,
  failureLogLines: 0,
  runsName: "nothing",
  readsTravel: false,
  accountLimit: null,
  aim: null,
};

/** Part of the seeds that are not plain. */
const SHARE = 0.3;

const READS = ["DescribeSubnets", "GetObject", "GetLogEvents", "DescribeTaskDefinition"] as const;
const DEFINITIONS = ["RegisterTaskDefinition", "DescribeTaskDefinition", "DeregisterTaskDefinition"] as const;

/** The variant of a seed; its dice are its own, so that all else about a seed is as without variants. */
export function variantOf(seed: number, flavour: "ecs" | "fargate"): Variant {
  const dice = diceOf(seed, "variant");
  if (!dice.chance(SHARE)) return PLAIN;
  const isEcs = flavour === "ecs";
  const runsName = isEcs
    ? dice.pick<Variant["runsName"]>(["nothing", "nothing", "template", "taskDefinition"])
    : "nothing";
  const definitionPerRun = isEcs && runsName !== "taskDefinition" && dice.chance(0.5);
  return {
    definitionPerRun,
    taskRevisions: !isEcs && dice.chance(0.7),
    failureLogLines: runsName === "template" ? dice.pick([0, 5]) : 0,
    runsName,
    readsTravel: true,
    accountLimit: dice.chance(0.3) ? dice.int(1, 2) : null,
    aim: aimOf(dice, definitionPerRun),
  };
}

function aimOf(dice: Dice, definitionPerRun: boolean): Variant["aim"] {
  if (!dice.chance(0.4)) return null;
  return definitionPerRun ? DEFINITIONS : READS;
}
