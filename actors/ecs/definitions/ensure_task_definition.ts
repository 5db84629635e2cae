/**
 * Finds or registers the task definition of a run. A definition is registered once: calls for the same one share one flight,
 * registrations in one family run one after another, and definitions that were found are remembered.
 *
 * @module
 */

import type { Attempts } from "../../../schemas/time/attempts.ts";
import type { Clock, Random } from "../../../schemas/time/clock.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import type { DefinitionRequest } from "../../../schemas/contracts/platform.ts";
import type { EnsuredDefinition } from "../../../schemas/contracts/task.ts";
import { type DefinitionTools, type SharedWay, sharedWay } from "./definition_ways.ts";
import { makeMissingPermissions } from "./missing_permissions.ts";
import { makeRegisterAgain } from "./register_again.ts";
import { makeSingleFlight, makeTurns } from "../../time/single_flight.ts";

/** What {@link makeTaskDefinitions} needs. */
export interface TaskDefinitionDeps extends Pick<DefinitionTools, "ecs"> {
  readonly clock: Clock;
  readonly log: Log;
  /** How often a registration is sent that ECS refuses. @default once: a refusal is final */
  readonly registering?: { readonly attempts: Attempts; readonly random: Random };
  /**
   * How long a definition found by its family or flow is used without reading it again, in milliseconds. After this time
   * at the latest the agent uses a revision that a person registered. @default 60000
   */
  readonly trustMs?: number;
}

/** The definitions in use. */
export interface TaskDefinitions {
  /** @throws {FailureError} what ECS answered; only "not found" registers */
  readonly ensure: (
    request: DefinitionRequest<DefinitionPlan>,
    signal: AbortSignal,
  ) => Promise<EnsuredDefinition>;
  /** Name under which the waits for a run's definition are reported: runs that share the definition share the name. */
  readonly waiterOf: (request: DefinitionRequest<DefinitionPlan>) => string;
  /** What the work of this name waits for before ECS is asked, as a sentence; null when it does not wait. */
  readonly waitsFor: (waiter: string) => string | null;
  /**
   * Forgets what was remembered for this plan, because ECS says that it is gone.
   *
   * @returns whether another one may be found or registered for the plan
   */
  readonly forget: (plan: DefinitionPlan) => boolean;
  /** Forgets what was remembered under this name: it is about to be deregistered. */
  readonly forgetName: (name: string) => void;
}

interface Kept {
  readonly definition: EnsuredDefinition;
  readonly untilMs: number;
}

/** An empty memory of definitions. */
export function makeTaskDefinitions(
  { ecs, clock, log, registering, trustMs = 60_000 }: TaskDefinitionDeps,
): TaskDefinitions {
  const kept = new Map<string, Kept>();
  const { share } = makeSingleFlight<EnsuredDefinition>();
  const turns = makeFamilyTurns();
  const tools: DefinitionTools = {
    ecs,
    warn: warnOnce(log),
    lastUsed: new Map(),
    refused: makeMissingPermissions(clock),
  };

  const again = makeRegisterAgain(registering === undefined ? null : { ...registering, clock, log });
  const ensureShared = (way: SharedWay, signal: AbortSignal): Promise<EnsuredDefinition> => {
    const { key, family } = way;
    const known = kept.get(key);
    if (known !== undefined && clock.now() < known.untilMs) return Promise.resolve(known.definition);
    // Only one of the callers that share a registration has made it.
    let mine = false;
    return share(key, signal, async (all) => {
      mine = true;
      const inTurn = <T>(work: () => Promise<T>) => turns.take({ family, waiter: key }, all, work);
      const find = () => findShared(way, tools, all);
      const register = () => registerShared(way, tools, all);
      const definition = way.isExact
        ? await find() ?? await again(family, () => inTurn(register), all)
        : await again(family, () => inTurn(async () => await find() ?? await register()), all);
      const untilMs = clock.now() + way.lifeMs(trustMs);
      kept.set(key, { definition: { ...definition, registered: false }, untilMs });
      return definition;
    }).then((definition) => mine ? definition : { ...definition, registered: false });
  };
  const ensureOwn = async (request: JsonObject, waiter: string, signal: AbortSignal) => {
    const family = typeof request["family"] === "string" ? request["family"] : "";
    const work = () => ecs.registerTaskDefinition(request, signal, waiter);
    const { arn } = await again(family, () => turns.take({ family, waiter }, signal, work), signal);
    return { name: arn, registered: true, releaseId: arn };
  };
  return {
    ensure: ({ runId, plan }, signal) => {
      if (plan.how === "existing") return Promise.resolve(shared(plan.name));
      const way = sharedWay(plan);
      return way === null ? ensureOwn(plan.request, runId, signal) : ensureShared(way, signal);
    },
    waiterOf: ({ runId, plan }) => sharedWay(plan)?.key ?? runId,
    waitsFor: turns.waitsFor,
    forget: (plan) => {
      const way = sharedWay(plan);
      if (way !== null) kept.delete(way.key);
      return way !== null;
    },
    forgetName: (name) => {
      for (const [key, { definition }] of kept) if (definition.name === name) kept.delete(key);
    },
  };
}

/** Identifies one registration in a family. */
interface FamilyTurn {
  readonly family: string;
  /** Name under which the wait for earlier registrations is reported. */
  readonly waiter: string;
}

/** One registration in a family at a time. */
function makeFamilyTurns() {
  const take = makeTurns();
  /** Families in which a registration waits for earlier ones, by waiter. */
  const queued = new Map<string, string>();
  return {
    take: <T>({ family, waiter }: FamilyTurn, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
      queued.set(waiter, family);
      const begin = () => {
        queued.delete(waiter);
        return work();
      };
      return take(family, signal, begin).finally(() => queued.delete(waiter));
    },
    waitsFor: (waiter: string): string | null => {
      const family = queued.get(waiter);
      return family === undefined ? null : `waiting for another registration in the family ${family}`;
    },
  };
}

function shared(name: string): EnsuredDefinition {
  return { name, registered: false, releaseId: null };
}

/** Null: one is to be registered. */
async function findShared(
  way: SharedWay,
  tools: DefinitionTools,
  signal: AbortSignal,
): Promise<EnsuredDefinition | null> {
  const newest = await way.newest(tools, signal);
  const found = newest === null ? null : await way.choose(newest, tools, signal);
  if (found === null) return null;
  tools.lastUsed.set(way.key, found);
  return shared(way.nameOf(found, found === newest?.arn));
}

async function registerShared(
  way: SharedWay,
  tools: DefinitionTools,
  signal: AbortSignal,
): Promise<EnsuredDefinition> {
  const { arn } = await way.register(tools, signal);
  tools.lastUsed.set(way.key, arn);
  return { ...shared(way.nameOf(arn, true)), registered: true };
}

function warnOnce(log: Log): DefinitionTools["warn"] {
  const said = new Set<string>();
  return (key, message) => {
    if (said.has(key)) return;
    said.add(key);
    log("WARNING", message);
  };
}
