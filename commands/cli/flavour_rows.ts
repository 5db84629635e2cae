/**
 * What each flavour of the agent takes on the command line. A new flavour is an entry here and one in
 * `commands/wiring/flavours.ts`.
 *
 * @module
 */

import { ecsOptionRows } from "../../flavours/ecs_agent/option_rows.ts";
import { fargateKwargRows, fargateOptionRows } from "../../flavours/fargate_agent/options.ts";
import {
  workerExplainRows,
  workerLaunchRows,
  workerOptionRows,
} from "../../flavours/ecs_worker/option_rows.ts";
import { kubernetesOptionRows } from "../../flavours/kubernetes_agent/option_rows.ts";
import { allowOptionRows } from "../../schemas/ecs/allow/allow_lists.ts";
import { launchOptionRows } from "../../schemas/ecs/launch_option_rows.ts";
import { launchOptionRows as kubernetesLaunchRows } from "../../schemas/kubernetes/launch_option_rows.ts";
import { pacingOptionRows } from "../../schemas/ecs/pacing_options.ts";
import { templateOptionRows } from "../../schemas/templates/template_options.ts";
import { agentOptionRows, programOptionRows } from "./common_options.ts";
import { explainOptionRows, shownOptionRows } from "./explain_options.ts";
import type { OptionRow } from "../../schemas/options/option.ts";
import type { CommandRows } from "../../schemas/options/typed_options.ts";

/** The command line of one flavour. */
export interface FlavourRows extends CommandRows {
  /** As it is typed: `ecs` in `ecs start`. */
  readonly name: string;
  /** The agent that it stands in for. */
  readonly about: string;
  /** Options that it alone takes. */
  readonly own: readonly OptionRow[];
  /** What else may be typed as `key=value`. */
  readonly keys: readonly OptionRow[];
  /** What `explain` takes besides: which flow run, and how it is shown. */
  readonly explaining: readonly OptionRow[];
}

/** Options of every program that launches on ECS. */
const ecsLaunchingRows: readonly OptionRow[] = [
  ...launchOptionRows,
  ...pacingOptionRows,
  ...allowOptionRows,
];

/** Options of both `ecs start` and `fargate start`. */
export const commonOptionRows: readonly OptionRow[] = [
  ...agentOptionRows,
  ...ecsLaunchingRows,
  ...templateOptionRows,
];

/** Command line of the `ecs` flavour. */
export const ecsRows = {
  name: "ecs",
  about: "The Prefect 0.14 to 1.4 ECS agent",
  own: ecsOptionRows,
  keys: [],
  explaining: explainOptionRows,
  options: [...commonOptionRows, ...ecsOptionRows],
  pairs: null,
} as const satisfies FlavourRows;

/**
 * Command line of the `fargate` flavour. Its own options are rows of its pairs: each may be written with dashes or
 * underscores, with `=` or a blank (F-LAUNCH-DASH, F-CLI-NO-EQ).
 */
export const fargateRows = {
  name: "fargate",
  about: "The Prefect 0.x Fargate agent",
  own: fargateOptionRows,
  keys: fargateKwargRows,
  explaining: explainOptionRows,
  options: commonOptionRows,
  pairs: [...fargateOptionRows, ...fargateKwargRows],
} as const satisfies FlavourRows;

/** Command line of the `kubernetes` flavour. */
export const kubernetesRows = {
  name: "kubernetes",
  about: "The Prefect 0.13 to 1.4 Kubernetes agent",
  own: kubernetesOptionRows,
  keys: [],
  explaining: explainOptionRows,
  options: [...agentOptionRows, ...kubernetesLaunchRows, ...templateOptionRows, ...kubernetesOptionRows],
  pairs: null,
} as const satisfies FlavourRows;

/** Command line of the `worker` flavour. */
export const workerRows = {
  name: "worker",
  about: "The Prefect 3 worker of type ecs",
  own: workerOptionRows,
  keys: [],
  explaining: [...workerExplainRows, ...shownOptionRows],
  options: [...workerOptionRows, ...workerLaunchRows([...programOptionRows, ...ecsLaunchingRows])],
  pairs: null,
} as const satisfies FlavourRows;

/** All flavours, in the order of the usage text. */
export const FLAVOUR_ROWS = [ecsRows, fargateRows, kubernetesRows, workerRows] as const;

/** Name of a flavour. */
export type FlavourName = (typeof FLAVOUR_ROWS)[number]["name"];
