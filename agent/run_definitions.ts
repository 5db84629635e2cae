/**
 * Task definitions that are registered for one flow run alone. They are deregistered once the launch of the run is decided,
 * and so are those that a lost answer or an earlier process left in the run's family.
 *
 * @module
 */

import type { RunVault } from "./run_vault.ts";
import type { EnsuredDefinition } from "../schemas/contracts/task.ts";
import { toFailure } from "../schemas/failure/failure.ts";
import type { DefinitionPlan } from "../schemas/ecs/launch_plan.ts";
import type { AgentEffects } from "./effects.ts";

/** What the runs do with definitions. */
export interface RunDefinitions {
  /** @throws {FailureError} what ECS answered */
  readonly ensure: (runId: string, plan: DefinitionPlan, signal: AbortSignal) => Promise<EnsuredDefinition>;
  /** Deregisters the run's own one, and what earlier tries left; never rejects but for the signal. */
  readonly release: (released: ReleasedDefinition, signal: AbortSignal) => Promise<void>;
  /** An earlier process decided the launch of this run. */
  readonly decided: (runId: string, plan: DefinitionPlan) => void;
  /** The run has left the agent. */
  readonly left: (runId: string) => void;
}

/** A definition that has done its part. */
export interface ReleasedDefinition {
  readonly runId: string;
  readonly id: string;
  readonly plan: DefinitionPlan;
  /** The run's claim was found again: an earlier process may have registered one too. */
  readonly isTakenUp: boolean;
}

/** What they need. */
export interface RunDefinitionsDeps {
  readonly effects: Pick<
    AgentEffects,
    "clock" | "log" | "ensureTaskDefinition" | "deregisterTaskDefinition" | "sweepTaskDefinitions"
  >;
  readonly vault: Pick<RunVault, "ids">;
}

/** A registration that was given up may still be carried out for this long. */
const SETTLED_MS = 3000;

/** Once the run has left, sweeps that were refused for the moment are repeated at this interval, at most this number of times. */
const AGAIN_MS = 30_000;
const MOST_SWEEPS = 20;

/** Makes them. */
export function makeRunDefinitions({ effects, vault }: RunDefinitionsDeps): RunDefinitions {
  /** Families in which a definition may be left, by run. */
  const unswept = new Map<string, string>();
  const { clock, log, sweepTaskDefinitions = () => Promise.resolve(true) } = effects;
  const sweep = async (runId: string, family: string, signal: AbortSignal): Promise<void> => {
    const isSwept = await sweepTaskDefinitions(family, signal);
    if (isSwept) unswept.delete(runId);
    else unswept.set(runId, family);
  };
  const sweepLeft = (runId: string, family: string, waitMs: number, tries: number): void => {
    clock.after(waitMs, async () => {
      // The run may be about to launch with a new definition of this family: it is swept when the run leaves again.
      if (vault.ids().has(runId)) return void unswept.set(runId, family);
      const isSwept = await sweepTaskDefinitions(family, new AbortController().signal);
      if (!isSwept && tries > 1) sweepLeft(runId, family, AGAIN_MS, tries - 1);
    });
  };
  return {
    ensure: async (runId, plan, signal) => {
      const family = ownFamily(plan);
      try {
        return await effects.ensureTaskDefinition({ runId, plan }, signal);
      } catch (thrown) {
        const isUnseen = signal.aborted || toFailure(thrown).tag === "unknownOutcome";
        if (family !== null && isUnseen) unswept.set(runId, family);
        throw thrown;
      }
    },
    release: async ({ runId, id, plan, isTakenUp }, signal) => {
      log("DEBUG", `Deregistering task definition ${id}`);
      await effects.deregisterTaskDefinition(id, signal);
      const family = ownFamily(plan);
      if (family === null) return;
      if (signal.aborted) unswept.set(runId, family);
      else if (isTakenUp || unswept.has(runId)) await sweep(runId, family, signal);
    },
    decided: (runId, plan) => {
      const family = ownFamily(plan);
      if (family !== null) void sweep(runId, family, new AbortController().signal);
    },
    left: (runId) => {
      const family = unswept.get(runId);
      unswept.delete(runId);
      if (family !== undefined) sweepLeft(runId, family, SETTLED_MS, MOST_SWEEPS);
    },
  };
}

function ownFamily(plan: DefinitionPlan): string | null {
  return plan.how === "perRun" ? plan.ownFamily ?? null : null;
}
