/**
 * Faults of the local ECS, scheduled by a seed: the same seed and the same requests give the same faults.
 *
 * @module
 */

import * as v from "valibot";
import type { Clock } from "../../schemas/time/clock.ts";
import { matchesGlob } from "../containers/glob.ts";
import { hashText, seededRandom } from "./seeded_random.ts";

const rate = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const ratesSchema = v.strictObject({
  /** `ThrottlingException`; nothing is executed. */
  throttle: v.optional(rate),
  /** Executed, then the connection is dropped instead of answered. */
  lostReply: v.optional(rate),
  /** 500 before anything is executed. */
  errorBefore: v.optional(rate),
  /** Executed, then 500. */
  errorAfter: v.optional(rate),
  /** RunTask answers with `failures`. */
  capacity: v.optional(rate),
  /** The task stops before its container ran. */
  startFailure: v.optional(rate),
  /** A task on Fargate Spot is taken back while it runs. */
  spotReclaim: v.optional(rate),
  /** The task is `MISSING` for a while after RunTask. */
  missing: v.optional(rate),
});

const ruleSchema = v.strictObject({
  /** Globs; a rule without one of them fits everything. */
  operation: v.optional(v.string()),
  family: v.optional(v.string()),
  image: v.optional(v.string()),
  /** Milliseconds after the start of the local ECS. */
  fromMs: v.optional(v.number(), 0),
  untilMs: v.optional(v.number()),
  /** Most faults that this rule causes. */
  times: v.optional(v.number()),
  rates: ratesSchema,
  /** Text of the failure, for `capacity` and `startFailure`. */
  reason: v.optional(v.string()),
});

/** Schema of a {@link FaultPlan}, as it is read from a file. */
export const faultPlanSchema = v.strictObject({
  seed: v.optional(v.number(), 1),
  rates: v.optional(ratesSchema, {}),
  /** How long a task is `MISSING`. */
  missingMs: v.optional(v.number(), 1000),
  /** How long a registration occupies its family: another one meanwhile is refused. */
  registrationMs: v.optional(v.number(), 0),
  /** How long a task on Spot runs before it is taken back. */
  spotAfterMs: v.optional(v.number(), 500),
  /** The first rule that fits and names the fault decides, before `rates`. */
  rules: v.optional(v.array(ruleSchema), []),
});

/** What goes wrong, how often, and where. */
export type FaultPlan = v.InferOutput<typeof faultPlanSchema>;

/** Kinds of fault. */
export type FaultKind = keyof v.InferOutput<typeof ratesSchema>;

/** What a fault could happen to. */
export interface FaultSubject {
  readonly operation?: string;
  readonly family?: string;
  readonly images?: readonly string[];
}

/** A fault that happens now. */
export interface Fault {
  /** Text that the rule asks for, null: the usual one. */
  readonly reason: string | null;
}

/** Decides about faults; every question counts. */
export interface Faults {
  readonly missingMs: number;
  readonly registrationMs: number;
  readonly spotAfterMs: number;
  /** Null: all is well. */
  readonly strike: (kind: FaultKind, subject: FaultSubject) => Fault | null;
}

/** A plan without faults. */
export const NO_FAULTS: FaultPlan = v.parse(faultPlanSchema, {});

type Rule = v.InferOutput<typeof ruleSchema>;

function fits(rule: Rule, subject: FaultSubject, elapsedMs: number): boolean {
  if (elapsedMs < rule.fromMs || elapsedMs >= (rule.untilMs ?? Infinity)) return false;
  if (rule.operation !== undefined && !matchesGlob(rule.operation, subject.operation ?? "")) return false;
  if (rule.family !== undefined && !matchesGlob(rule.family, subject.family ?? "")) return false;
  const { image } = rule;
  return image === undefined || (subject.images ?? []).some((name) => matchesGlob(image, name));
}

/** Starts a plan; its times count from now. */
export function createFaults(plan: FaultPlan, clock: Clock): Faults {
  const startedAt = clock.now();
  const used = new Map<Rule, number>();
  const streams = new Map<FaultKind, () => number>();
  // Each kind draws from a stream of its own, so that a further kind does not shift the others.
  const draw = (kind: FaultKind) => {
    const stream = streams.get(kind) ?? seededRandom(plan.seed ^ hashText(kind));
    streams.set(kind, stream);
    return stream();
  };
  const mayStrike = (rule: Rule) => (used.get(rule) ?? 0) < (rule.times ?? Infinity);
  return {
    missingMs: plan.missingMs,
    registrationMs: plan.registrationMs,
    spotAfterMs: plan.spotAfterMs,
    strike: (kind, subject) => {
      const elapsedMs = clock.now() - startedAt;
      const rule = plan.rules.find((each) =>
        each.rates[kind] !== undefined && mayStrike(each) && fits(each, subject, elapsedMs)
      );
      const chance = rule?.rates[kind] ?? plan.rates[kind] ?? 0;
      if (chance === 0 || draw(kind) >= chance) return null;
      if (rule !== undefined) used.set(rule, (used.get(rule) ?? 0) + 1);
      return { reason: rule?.reason ?? null };
    },
  };
}
