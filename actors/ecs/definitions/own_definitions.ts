/**
 * Task definitions that are registered for one flow run alone. They are deregistered once the launch of the run is decided,
 * and so are those that a lost answer or an earlier process left in the run's family.
 *
 * @module
 */

import type { DefinitionRequest, ReleaseRequest } from "../../../schemas/contracts/platform.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import type { EnsuredDefinition } from "../../../schemas/contracts/task.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import type { DefinitionPlan } from "../../../schemas/ecs/launch_plan.ts";
import type { Clock } from "../../../schemas/time/clock.ts";
import type { Deregister } from "./deregister_task_definition.ts";
import type { SweepFamily } from "./sweep_family.ts";

/** Definitions as runs use them; see the members of the same names in the contract of a platform. */
export interface OwnDefinitions {
  /** @throws {FailureError} what ECS answered */
  readonly ensure: (
    request: DefinitionRequest<DefinitionPlan>,
    signal: AbortSignal,
  ) => Promise<EnsuredDefinition>;
  /** Deregisters the run's own definition, and what earlier tries left; never rejects. */
  readonly release: (request: ReleaseRequest<DefinitionPlan>, signal: AbortSignal) => Promise<void>;
  readonly decided: (request: DefinitionRequest<DefinitionPlan>) => void;
  readonly left: (runId: string, isBack: () => boolean) => void;
}

/** What they need. */
export interface OwnDefinitionsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ensure: OwnDefinitions["ensure"];
  readonly deregister: Deregister;
  readonly sweep: SweepFamily;
}

/** A registration that was given up may still be carried out for this long. */
const SETTLED_MS = 3000;

/** Once the run has left, sweeps that were refused for the moment are repeated at this interval, at most this number of times. */
const AGAIN_MS = 30_000;
const MOST_SWEEPS = 20;

/** What is known of definitions that runs may have left. */
interface Sweeping extends Pick<OwnDefinitionsDeps, "clock" | "sweep"> {
  /** Families in which a definition may be left, by run. */
  readonly unswept: Map<string, string>;
}

/** No definition registered yet. */
export function makeOwnDefinitions(deps: OwnDefinitionsDeps): OwnDefinitions {
  const { clock, log, ensure, deregister, sweep } = deps;
  const unswept = new Map<string, string>();
  const sweeping: Sweeping = { clock, sweep, unswept };
  return {
    ensure: async (request, signal) => {
      const family = ownFamily(request.plan);
      const { runId } = request;
      if (family === null || unswept.has(runId)) return await ensure(request, signal);
      // Noted before the call: a run that leaves meanwhile leaves at once, before the call has told that it was aborted.
      unswept.set(runId, family);
      try {
        const definition = await ensure(request, signal);
        unswept.delete(runId);
        return definition;
      } catch (thrown) {
        const isUnseen = signal.aborted || toFailure(thrown).tag === "unknownOutcome";
        if (!isUnseen) unswept.delete(runId);
        throw thrown;
      }
    },
    release: async ({ runId, id, plan, isTakenUp }, signal) => {
      log("DEBUG", `Deregistering task definition ${id}`, { runId });
      await deregister(id, signal);
      const family = ownFamily(plan);
      if (family === null) return;
      if (signal.aborted) unswept.set(runId, family);
      else if (isTakenUp || unswept.has(runId)) await sweepOf({ runId, family }, sweeping, signal);
    },
    decided: ({ runId, plan }) => {
      const family = ownFamily(plan);
      if (family !== null) void sweepOf({ runId, family }, sweeping, new AbortController().signal);
    },
    left: (runId, isBack) => {
      const family = unswept.get(runId);
      unswept.delete(runId);
      if (family !== undefined) {
        sweepLater({ runId, family, isBack }, sweeping, { waitMs: SETTLED_MS, tries: MOST_SWEEPS });
      }
    },
  };
}

/** A run and its own family. */
interface OwnFamily {
  readonly runId: string;
  readonly family: string;
}

async function sweepOf(
  { runId, family }: OwnFamily,
  { sweep, unswept }: Sweeping,
  signal: AbortSignal,
): Promise<void> {
  if (await sweep(family, signal)) unswept.delete(runId);
  else unswept.set(runId, family);
}

function sweepLater(
  one: OwnFamily & { readonly isBack: () => boolean },
  sweeping: Sweeping,
  { waitMs, tries }: { readonly waitMs: number; readonly tries: number },
): void {
  const { clock, sweep, unswept } = sweeping;
  clock.after(waitMs, async () => {
    // The run may be about to launch with a new definition of this family: it is swept when the run leaves again.
    if (one.isBack()) return void unswept.set(one.runId, one.family);
    const isSwept = await sweep(one.family, new AbortController().signal);
    if (!isSwept && tries > 1) sweepLater(one, sweeping, { waitMs: AGAIN_MS, tries: tries - 1 });
  });
}

function ownFamily(plan: DefinitionPlan): string | null {
  return plan.how === "perRun" ? plan.ownFamily : null;
}
