/**
 * Planning of recorded cases, as the agent does it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { checkPlan } from "../../../actors/ecs/check_plan.ts";
import { checkSamples } from "../../../agent/prepare_options.ts";
import { ecsFlavour } from "../../../flavours/ecs_agent/flavour.ts";
import type { EcsOptions } from "../../../flavours/ecs_agent/options.ts";
import { type Failure, FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Readings } from "../../../schemas/plan/source.ts";
import { type GoldenCase, goldenOptions, goldenReadings, goldenRun, readGroup } from "./ecs_golden.ts";

/** The start of an agent: reads what options ask for, twice if need be. */
export function prepareGolden(golden: GoldenCase, options = goldenOptions(golden)): EcsOptions {
  const first = goldenReadings(ecsFlavour.startSources(options), golden);
  const once = prepared(options, first);
  return prepared(once, { ...first, ...goldenReadings(ecsFlavour.startSources(once), golden) });
}

function prepared(options: EcsOptions, readings: Readings): EcsOptions {
  const next = ecsFlavour.prepare(options, readings);
  checkSamples(ecsFlavour.samples(next), checkPlan);
  return next;
}

/** The whole way from options and flow run to the plan. */
export function planGolden(
  golden: GoldenCase,
  change: (options: EcsOptions) => EcsOptions = same,
): LaunchPlan {
  const options = change(prepareGolden(golden));
  const run = goldenRun(golden);
  return ecsFlavour.plan(run, options, goldenReadings(ecsFlavour.sources(run), golden));
}

function same(options: EcsOptions): EcsOptions {
  return options;
}

/** The failure with which something was refused. */
export function failureOf(attempt: () => unknown): Failure {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof FailureError) return thrown.failure;
    throw thrown;
  }
  return assert.fail("nothing was refused");
}

/** The RegisterTaskDefinition request of a plan. */
export function registration({ definition }: LaunchPlan): JsonObject {
  if (definition.how === "existing") return assert.fail("nothing is registered");
  return definition.request;
}

/** A recorded case, changed in its run config. */
export function withRunConfig(runConfig: JsonObject | null, id = "basic/run-config-minimal"): GoldenCase {
  const golden = caseOf(id);
  const stored = runConfig === null ? null : { type: "ECSRun", ...runConfig };
  return { ...golden, flow_run: { ...golden.flow_run, run_config: stored } };
}

/** A recorded case, changed in the world of the agent. */
export function withAgent(agent: Partial<GoldenCase["agent"]>, id = "basic/run-config-minimal"): GoldenCase {
  const golden = caseOf(id);
  return { ...golden, agent: { ...golden.agent, ...agent } };
}

/** A recorded case, changed in its flow. */
export function withFlow(flow: JsonObject, id = "basic/run-config-minimal"): GoldenCase {
  const golden = caseOf(id);
  return {
    ...golden,
    flow_run: { ...golden.flow_run, flow: { ...golden.flow_run.flow as JsonObject, ...flow } },
  };
}

/** A recorded case by its id. */
export function caseOf(id: string): GoldenCase {
  const found = readGroup(id.split("/")[0] ?? "").find((golden) => golden.id === id);
  return found ?? assert.fail(`there is no case ${id}`);
}

/** The variables of the container `flow` in a RunTask request. */
export function variablesOf({ runTask }: LaunchPlan): Record<string, unknown> {
  const { containerOverrides } = runTask.overrides as {
    containerOverrides: { name: string; environment: [] }[];
  };
  const flow = containerOverrides.find(({ name }) => name === "flow");
  return Object.fromEntries((flow?.environment ?? []).map(({ name, value }) => [name, value]));
}
