/**
 * Bugs that the simulation can put into the wiring of a Kubernetes agent, to prove that the checker finds them: into what is
 * sent to the API server and what it answers, and around the platform. Some are those of the other worlds of Prefect 1.
 *
 * @module
 */

import type { HttpCall } from "../../actors/http/http.ts";
import type { AgentEffects } from "../../agent/effects.ts";
import type { Platform, TaskChange } from "../../schemas/contracts/platform.ts";
import { FailureError, toFailure } from "../../schemas/failure/failure.ts";
import type { KeepJobs } from "../../schemas/kubernetes/cluster_settings.ts";
import type { KubernetesPlan } from "../../schemas/kubernetes/plan.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import {
  clockWithBug,
  effectsWithBug,
  httpWithBug,
  isPlantedBug,
  PLANTED_BUGS,
  type PlantedBug,
} from "../planted_bugs.ts";

/** Bugs of the other worlds of Prefect 1 that mean the same here. */
const SHARED = {
  lostWakeUp: PLANTED_BUGS.lostWakeUp,
  overwrites: PLANTED_BUGS.overwrites,
  blindClaim: PLANTED_BUGS.blindClaim,
  lostIsClaimed: PLANTED_BUGS.lostIsClaimed,
  earlyStop: PLANTED_BUGS.earlyStop,
  resumesForeign: PLANTED_BUGS.resumesForeign,
  forgetsClaims: PLANTED_BUGS.forgetsClaims,
  absentIsGone: PLANTED_BUGS.absentIsGone,
} as const;

/** Names of the bugs, and what each does. */
export const PLANTED_KUBE_BUGS = {
  ...SHARED,
  freshName: "the creation of a Job is sent again under another name",
  sameName: "the name of a Job is made without claim and attempt",
  takenIsOurs: "a Job whose name is taken counts as ours, whoever made it",
  lostIsRefused: "a creation whose answer was lost counts as refused",
  lostIsNext: "a creation whose answer was lost is followed by the next attempt",
  background: "Jobs are deleted in the background: they are gone before their pods",
  deletesFirst: "a Job that has ended is deleted before its run knows",
  keepsNothing: "Jobs are deleted that --keep-jobs wants to stay",
  keepsAll: "Jobs are never deleted once they have ended",
  takesUnknown: "Jobs of runs that the API does not know are deleted",
  goneUnseen: "a watch does not tell that an object is gone, and lists do not either",
  watchesOn: "a version that is too old is no reason to list anew",
  noBackOff: "no request to the API server waits after one that failed",
  noGrace: "the Job of a cancelled run is deleted without a grace",
  silentTrouble: "the run's log is not told why its Job does not run",
} as const;

/** A bug. */
export type PlantedKubeBug = keyof typeof PLANTED_KUBE_BUGS;

/** Whether a text names a bug. */
export function isPlantedKubeBug(name: string): name is PlantedKubeBug {
  return Object.hasOwn(PLANTED_KUBE_BUGS, name);
}

function shared(bug: PlantedKubeBug | null): PlantedBug | null {
  return bug !== null && Object.hasOwn(SHARED, bug) && isPlantedBug(bug) ? bug : null;
}

/** A clock with a bug. */
export function clockWithKubeBug(bug: PlantedKubeBug | null, clock: Clock): Clock {
  return clockWithBug(shared(bug), clock);
}

/** Chance with a bug: less than any chance makes the jitter of a wait take away all of it. */
export function randomWithBug(bug: PlantedKubeBug | null, random: Random): Random {
  return bug === "noBackOff" ? () => -1 : random;
}

/** HTTP to Prefect with a bug. */
export function httpWithKubeBug(bug: PlantedKubeBug | null, call: HttpCall): HttpCall {
  return httpWithBug(shared(bug), call);
}

/** Settings of launching and watching with a bug. */
export function launchingWithBug(bug: PlantedKubeBug | null, settings: LaunchSettings): LaunchSettings {
  return bug === "noGrace" ? { ...settings, cancelGraceMs: 0 } : settings;
}

/** `--keep-jobs` with a bug. */
export function keepJobsWithBug(bug: PlantedKubeBug | null, keepJobs: KeepJobs): KeepJobs {
  return bug === "keepsNothing" ? "none" : bug === "keepsAll" ? "all" : keepJobs;
}

/** The effects of production with a bug. @param call the way to the Prefect API */
export function effectsWithKubeBug(
  bug: PlantedKubeBug | null,
  effects: AgentEffects<FlowRun, KubernetesPlan>,
  call: HttpCall,
): AgentEffects<FlowRun, KubernetesPlan> {
  return effectsWithBug(shared(bug), effects, call);
}

/** The platform with a bug. */
export function platformWithBug(
  bug: PlantedKubeBug | null,
  platform: Platform<KubernetesPlan>,
): Platform<KubernetesPlan> {
  const { run, changes, look } = platform;
  switch (bug) {
    case "sameName":
      return {
        ...platform,
        run: (request, signal) => run({ ...request, token: `token-of-${request.runId}` }, signal),
      };
    case "lostIsNext":
      return { ...platform, run: (request, signal) => run(request, signal).catch(misplace) };
    case "deletesFirst":
      return changing(platform, (change) => {
        if (change.seen.phase === "stopped") change.done("handled");
        return change;
      });
    case "takesUnknown":
      return changing(platform, (change) => ({
        ...change,
        done: (how) => change.done(how === "alone" ? "handled" : how),
      }));
    case "silentTrouble":
      return {
        ...changing(platform, (change) => ({ ...change, seen: { ...change.seen, notes: [] } })),
        look: async (tasks, signal) => {
          const seen = [...await look(tasks, signal)];
          return new Map(
            seen.map(([id, sight]) => [id, "status" in sight ? { ...sight, notes: [] } : sight]),
          );
        },
      };
    default:
      return { ...platform, changes };
  }
}

function changing(
  platform: Platform<KubernetesPlan>,
  change: (one: TaskChange) => TaskChange,
): Platform<KubernetesPlan> {
  return { ...platform, changes: (tell) => platform.changes((all) => tell(all.map(change))) };
}

function misplace(thrown: unknown): never {
  const failure = toFailure(thrown);
  if (failure.tag !== "unknownOutcome") throw thrown;
  const failures = [{ reason: "lost" }];
  throw new FailureError({ tag: "notPlaced", class: "capacity", failures, message: failure.message });
}
