/**
 * Task definitions that are registered for one run alone: they are given back whatever becomes of the run, and those that an
 * earlier process left behind as well, once the run is in hand again.
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
  /** The launch of a run that is in hand again was decided before. */
  readonly decided: (plan: DefinitionPlan) => void;
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

/** Makes them. */
export function makeRunDefinitions({ effects, vault }: RunDefinitionsDeps): RunDefinitions {
  /** Families in which a registration may have been carried out unseen, by run. */
  const unseen = new Map<string, string>();
  const { clock, log, sweepTaskDefinitions = () => Promise.resolve() } = effects;
  const sweep = (family: string) => void sweepTaskDefinitions(family, new AbortController().signal);
  return {
    ensure: async (runId, plan, signal) => {
      const family = ownFamily(plan);
      try {
        return await effects.ensureTaskDefinition({ runId, plan }, signal);
      } catch (thrown) {
        const isUnseen = signal.aborted || toFailure(thrown).tag === "unknownOutcome";
        if (family !== null && isUnseen) unseen.set(runId, family);
        throw thrown;
      }
    },
    release: async ({ runId, id, plan, isTakenUp }, signal) => {
      log("DEBUG", `Deregistering task definition ${id}`);
      await effects.deregisterTaskDefinition(id, signal);
      const family = ownFamily(plan);
      if (family !== null && (isTakenUp || unseen.has(runId))) await sweepTaskDefinitions(family, signal);
      unseen.delete(runId);
    },
    decided: (plan) => {
      const family = ownFamily(plan);
      if (family !== null) sweep(family);
    },
    left: (runId) => {
      const family = unseen.get(runId);
      unseen.delete(runId);
      if (family === undefined) return;
      // Back in hand, it may have registered anew.
      clock.after(SETTLED_MS, () => !vault.ids().has(runId) && sweep(family));
    },
  };
}

function ownFamily(plan: DefinitionPlan): string | null {
  return plan.how === "perRun" ? plan.ownFamily ?? null : null;
}
