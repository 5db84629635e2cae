/**
 * One way to hold a flavour against recorded cases: options in, requests out, compared as whole objects.
 *
 * @module
 */

import assert from "node:assert/strict";
import { checkPlan } from "../../actors/ecs/check_plan.ts";
import { checkSamples } from "../../agent/prepare_options.ts";
import type { Flavour } from "../../schemas/contracts/flavour.ts";
import { type Failure, FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { Readings } from "../../schemas/plan/source.ts";
import { onWire, unordered } from "./goldens/golden.ts";

/** What came of a case: one plan per flow run, or why there is none. */
export type Planned =
  | { readonly plans: readonly LaunchPlan[] }
  | { readonly failure: Failure; readonly stage: "init" | "deploy" };

/** A case as a flavour takes it. */
export interface FlavourCase<Options> {
  readonly options: () => Options;
  readonly runs: readonly FlowRun[];
  /** By the keys of their sources; a source that is not listed is absent. */
  readonly readings: Readings;
}

/** Plans all runs of a case with one set of options. */
export function planCase<Options>(
  flavour: Flavour<Options, FlowRun, LaunchPlan>,
  given: FlavourCase<Options>,
): Planned {
  const options = attempt(() => {
    const prepared = flavour.prepare(given.options(), given.readings);
    checkSamples(flavour.samples(prepared), checkPlan);
    return prepared;
  });
  if ("failure" in options) return { failure: options.failure, stage: "init" };
  const plans = attempt(() => given.runs.map((run) => flavour.plan(run, options.value, given.readings)));
  return "failure" in plans ? { failure: plans.failure, stage: "deploy" } : { plans: plans.value };
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly failure: Failure } {
  try {
    return { value: work() };
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    return { failure: toFailure(thrown) };
  }
}

/** The plans of a case that must be planned. */
export function plansOf(planned: Planned): readonly LaunchPlan[] {
  if ("plans" in planned) return planned.plans;
  throw new Error(`not planned: ${planned.failure.message}`);
}

/** The failure of a case that must not be planned. */
export function failureOf(planned: Planned): Extract<Planned, { failure: Failure }> {
  assert.ok("failure" in planned, "expected a failure, got a plan");
  return planned;
}

/** Compares requests as AWS sees them: null is absent, `environment` has no order. */
export function assertSameRequest(actual: JsonObject | undefined, expected: JsonObject | undefined): void {
  assert.deepEqual(unordered(onWire(actual ?? null)), unordered(onWire(expected ?? null)));
}

/** RegisterTaskDefinition of a plan; undefined where nothing would ever be registered. */
export function registration(plan: LaunchPlan | undefined): JsonObject | undefined {
  return plan === undefined || plan.definition.how === "existing" ? undefined : plan.definition.request;
}
