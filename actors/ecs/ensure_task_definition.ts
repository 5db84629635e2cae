/**
 * Finds or registers the task definition of a run. A definition is registered once: calls for the same one share one flight,
 * registrations in one family take turns, and what was found is remembered.
 *
 * @module
 */

import type { Clock } from "../../schemas/time/clock.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { DefinitionPlan } from "../../schemas/ecs/launch_plan.ts";
import { isDenied } from "../aws/failure.ts";
import type { EcsCalls, TaskDefinition } from "./calls.ts";
import { findRevision } from "./find_revision.ts";
import type { EnsuredDefinition } from "../../schemas/contracts/task.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { DIGEST_TAG, registerWithDigest } from "./register_with_digest.ts";
import { makeSingleFlight, makeTurns, type Turns } from "../time/single_flight.ts";

/** What {@link makeTaskDefinitions} needs. */
export interface TaskDefinitionDeps {
  readonly ecs: Pick<EcsCalls, "describeTaskDefinition" | "registerTaskDefinition" | "findDefinitionsByTag">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /**
   * How long a definition found by its family or flow is used without looking again, in milliseconds: a revision that
   * somebody registers by hand counts after this time at the latest. @default 60000
   */
  readonly trustMs?: number;
}

/** The definitions in use. */
export interface TaskDefinitions {
  /** @throws {FailureError} what ECS answered; only "not found" registers */
  readonly ensure: (plan: DefinitionPlan, signal: AbortSignal) => Promise<EnsuredDefinition>;
  /** The signal with which the definition of a plan is being found or registered, for all who wait for it; null: it is not. */
  readonly signalOf: (plan: DefinitionPlan) => AbortSignal | null;
  /** What the work done with this signal waits for before ECS is asked, as a sentence; null when it does not. */
  readonly waitsFor: (signal: AbortSignal) => string | null;
  /** Forgets what was remembered for this plan, because ECS says that it is gone. */
  readonly forget: (plan: DefinitionPlan) => void;
}

type SharedPlan = Extract<DefinitionPlan, { how: "byDigest" | "byFamily" | "byFlowVersion" }>;

interface Kept {
  readonly definition: EnsuredDefinition;
  readonly untilMs: number;
}

/** What the ways of ensuring share. */
interface Inside extends TaskDefinitionDeps {
  /** One registration in a family at a time. */
  readonly turns: Turns;
  /** Families whose turn is waited for, by the signal of the work. */
  readonly queued: Map<AbortSignal, string>;
  /** Warns once for each key. */
  readonly warn: (key: string, message: string) => void;
  /** The revision each flow was last run with, by {@link keyOf}: checked before it is used, so it may be out of date. */
  readonly lastUsed: Map<string, string>;
  /** Permissions that turned out to be missing. */
  readonly refused: Set<"tag" | "describe">;
}

/** An empty memory of definitions. */
export function makeTaskDefinitions(deps: TaskDefinitionDeps): TaskDefinitions {
  const { clock, trustMs = 60_000 } = deps;
  const kept = new Map<string, Kept>();
  const { share, signalOf } = makeSingleFlight<EnsuredDefinition>();
  const inside = {
    ...deps,
    ...familyTurns(),
    warn: warnOnce(deps.log),
    lastUsed: new Map<string, string>(),
    refused: new Set<"tag" | "describe">(),
  };

  const ensureShared = (plan: SharedPlan, signal: AbortSignal): Promise<EnsuredDefinition> => {
    const key = keyOf(plan);
    const known = kept.get(key);
    if (known !== undefined && clock.now() < known.untilMs) return Promise.resolve(known.definition);
    // Of all who share a registration only one has made it.
    let mine = false;
    return share(key, signal, async (all) => {
      mine = true;
      const definition = await inside.turns(plan.family, all, () => findOrRegister(plan, inside, all));
      const untilMs = clock.now() + lifeOf(plan, trustMs);
      kept.set(key, { definition: { ...definition, registered: false }, untilMs });
      return definition;
    }).then((definition) => mine ? definition : { ...definition, registered: false });
  };
  return {
    ensure: (plan, signal) => {
      if (plan.how === "existing") return Promise.resolve(shared(plan.name));
      return plan.how === "perRun" ? ensurePerRun(plan.request, inside, signal) : ensureShared(plan, signal);
    },
    signalOf: (plan) => plan.how === "existing" || plan.how === "perRun" ? null : signalOf(keyOf(plan)),
    waitsFor: (signal) => {
      const family = inside.queued.get(signal);
      return family === undefined ? null : `waiting for another registration in the family ${family}`;
    },
    forget: (plan) => {
      if (plan.how !== "existing" && plan.how !== "perRun") kept.delete(keyOf(plan));
    },
  };
}

function familyTurns(): Pick<Inside, "turns" | "queued"> {
  const take = makeTurns();
  const queued = new Map<AbortSignal, string>();
  return {
    queued,
    turns: (family, signal, work) => {
      queued.set(signal, family);
      const begin = () => {
        queued.delete(signal);
        return work();
      };
      return take(family, signal, begin).finally(() => queued.delete(signal));
    },
  };
}

function keyOf(plan: SharedPlan): string {
  switch (plan.how) {
    case "byDigest":
      return `${plan.family} digest ${plan.digest}`;
    case "byFamily":
      return `${plan.family} newest`;
    case "byFlowVersion":
      return `${plan.family} flow ${plan.flowId}`;
  }
}

/** A digest never stands for anything else; a bare family among revisions may mean another flow's at any time. */
function lifeOf(plan: SharedPlan, trustMs: number): number {
  if (plan.how === "byDigest") return Infinity;
  return plan.how === "byFlowVersion" && plan.runByFamily ? 0 : trustMs;
}

function shared(name: string): EnsuredDefinition {
  return { name, registered: false, releaseId: null };
}

async function ensurePerRun(
  request: JsonObject,
  { ecs, turns }: Inside,
  signal: AbortSignal,
): Promise<EnsuredDefinition> {
  const family = typeof request["family"] === "string" ? request["family"] : "";
  const { arn } = await turns(family, signal, () => ecs.registerTaskDefinition(request, signal));
  return { name: arn, registered: true, releaseId: arn };
}

async function findOrRegister(
  plan: SharedPlan,
  inside: Inside,
  signal: AbortSignal,
): Promise<EnsuredDefinition> {
  const newest = await describeNewest(plan, inside, signal);
  const found = await choose(plan, newest, inside, signal);
  if (found !== null) inside.lastUsed.set(keyOf(plan), found);
  const byName = plan.how !== "byDigest" && plan.runByFamily;
  if (found !== null) return shared(byName && found === newest?.arn ? plan.family : found);
  const { arn } = plan.how === "byDigest"
    ? await registerWithDigest(plan, inside, signal)
    : await inside.ecs.registerTaskDefinition(plan.request, signal);
  inside.lastUsed.set(keyOf(plan), arn);
  return { ...shared(byName ? plan.family : arn), registered: true };
}

/** The newest ACTIVE revision. The ecs originals never asked, so there a missing permission must not stop a run. */
async function describeNewest(
  plan: SharedPlan,
  { ecs, refused, warn }: Inside,
  signal: AbortSignal,
): Promise<TaskDefinition | null> {
  if (plan.how === "byDigest" && refused.has("describe")) return null;
  try {
    const newest = await ecs.describeTaskDefinition(plan.family, signal);
    return newest?.status === "ACTIVE" ? newest : null;
  } catch (error) {
    if (plan.how !== "byDigest" || !isDenied(error)) throw error;
    refused.add("describe");
    warn(
      "describe",
      `Cannot look for registered task definitions, each start registers anew: ${error.message}`,
    );
    return null;
  }
}

/** The ARN to reuse, null when there is none. */
async function choose(
  plan: SharedPlan,
  newest: TaskDefinition | null,
  inside: Inside,
  signal: AbortSignal,
): Promise<string | null> {
  if (newest === null) return null;
  if (plan.how === "byFamily") return newest.arn;
  if (plan.how === "byDigest") return newest.tags[DIGEST_TAG] === plan.digest ? newest.arn : null;
  return await findRevision(plan, newest, {
    ecs: inside.ecs,
    lastUsed: inside.lastUsed.get(keyOf(plan)) ?? null,
    signal,
  });
}

function warnOnce(log: Log): Inside["warn"] {
  const said = new Set<string>();
  return (key, message) => {
    if (said.has(key)) return;
    said.add(key);
    log("WARNING", message);
  };
}
