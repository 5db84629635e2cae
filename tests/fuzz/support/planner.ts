/** Planning alone, without the agent around it: many more cases in the same time. @module */

import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { ecsFlavour } from "../../../flavours/ecs_agent/flavour.ts";
import { fargateFlavour } from "../../../flavours/fargate_agent/flavour.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Flavour } from "../../../schemas/contracts/flavour.ts";
import { parseEcsOptions } from "../../../flavours/ecs_agent/options.ts";
import { explainPlan } from "../../../schemas/ecs/explanation.ts";
import { explanationLines } from "../../../schemas/ecs/explanation_text.ts";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import { parseFargateOptions } from "../../../flavours/fargate_agent/options.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import type { Reading, Readings } from "../../../schemas/plan/source.ts";
import { messageText } from "../../../schemas/failure/message_text.ts";
import { parseFlowRun } from "../../../schemas/prefect1/rows.ts";
import { SETTINGS, templateText } from "./hostile_agent.ts";
import { hostileRow } from "./hostile_runs.ts";
import { textFaults } from "./oracle.ts";
import { anyJson, type Seeded, seeded } from "./seeded.ts";
import { DEFAULT_NETWORK } from "../../../schemas/ecs/source.ts";

/** What is wrong with how one hostile run is planned and explained; empty when nothing is. */
export function plannerFaults(seed: number): readonly string[] {
  const from = seeded(seed);
  const parsed = parseFlowRun(JSON.parse(JSON.stringify(hostileRow(`run-${seed}`, from))));
  if ("malformed" in parsed) return textFaults(messageText(parsed.malformed.message), "malformed");
  if (from.chance(0.6)) return planned(ecsFlavour, ecsOptions(from), { run: parsed.run, from });
  return planned(fargateFlavour, fargateOptions(from), { run: parsed.run, from });
}

function planned<Options>(
  flavour: Flavour<Options, FlowRun, LaunchPlan>,
  options: Options,
  { run, from }: { readonly run: FlowRun; readonly from: Seeded },
): readonly string[] {
  try {
    const readings: Readings = Object.fromEntries(
      flavour.sources(run, options, {}).map((source) => [source.key, readingOf(from)]),
    );
    const plan = flavour.plan(run, options, readings);
    const explanation = explainPlan({
      flavour: flavour.name,
      run,
      plan,
      origins: new Map(),
      warnings: [],
      problems: problemsOf(() => checkPlan(plan)),
      redact: makeRedactor(),
    });
    const lines = explanationLines(explanation);
    return [
      ...lines.flatMap((line) => textFaults(line, "line of explain", 100_000)),
      ...lines.flatMap((line) => line.includes("\n") ? [`a line of two lines: ${JSON.stringify(line)}`] : []),
      ...plan.warnings.flatMap((text) => textFaults(messageText(text), "warning")),
    ];
  } catch (thrown) {
    const { tag, message } = toFailure(thrown);
    if (!(thrown instanceof FailureError)) return [`${tag}: ${(thrown as Error).stack}`];
    return textFaults(message, "failure");
  }
}

function problemsOf(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    return [thrown.failure.message];
  }
}

function readingOf(from: Seeded): Reading {
  if (from.chance(0.1)) return { kind: "absent", message: "there is none" };
  if (from.chance(0.1)) return { kind: "json", value: { taskRoleArn: anyJson(from, 0) } };
  if (from.chance(0.2)) return { kind: "text", text: JSON.stringify(anyJson(from)) };
  return { kind: "text", text: templateText(from) };
}

const NETWORK: Reading = { kind: "json", value: { subnets: ["subnet-1"] } };

function ecsOptions(from: Seeded) {
  const values = { "task-definition-per-run": from.chance(0.3) };
  const options = parseEcsOptions({ values, pairs: [], env: {} }, SETTINGS);
  return ecsFlavour.prepare(ecsFlavour.prepare(options, {}), {
    [DEFAULT_NETWORK.key]: NETWORK,
  });
}

function fargateOptions(from: Seeded) {
  const values = {
    "use-external-kwargs": true,
    "external-kwargs-s3-bucket": "kw",
    "external-kwargs-s3-key": "p",
    "enable-task-revisions": from.chance(0.5),
  };
  return fargateFlavour.prepare(parseFargateOptions({ values, pairs: [], env: {} }, SETTINGS), {});
}
