/**
 * Bugs that the simulation can put into the agent's wiring, to prove that the checker finds them: below it into the
 * transports and the clock, above it into the effects. No command line of the agent leads here.
 *
 * @module
 */

import type { EcsCalls } from "../actors/ecs/calls.ts";
import type { HttpCall } from "../actors/http/http.ts";
import type { Orchestrator, UnfinishedClaim } from "../schemas/contracts/orchestrator.ts";
import type { AgentEffects } from "../agent/effects.ts";
import type { Clock } from "../schemas/time/clock.ts";
import { FailureError, toFailure } from "../schemas/failure/failure.ts";
import { isJsonObject, type JsonObject } from "../schemas/json/json.ts";
import { contextWith, MARKER_KEY, markerOf } from "../schemas/prefect1/claim_marker.ts";
import { showingHiddenRuns } from "./hidden_runs.ts";
import { changingStates } from "./state_bodies.ts";

/** Names of the bugs, and what each does. */
export const PLANTED_BUGS = {
  freshToken: "a retry of RunTask has a token of its own",
  noAdoption: "a ConflictException counts as a refused placement",
  missingIsDeath: "a task that DescribeTasks does not know counts as stopped",
  lostWakeUp: "one timer in fifty never fires",
  overwrites: "Failed is set without reading the run and without a version",
  blindClaim: "a claim names no version",
  lostIsClaimed: "a claim that was lost counts as won",
  registersAgain: "no registered definition is ever found",
  earlyStop: "a task counts as stopped as soon as StopTask was asked",
  resumesForeign: "claims of agents of other names and clusters are resumed",
  forgetsClaims: "no claim of an earlier process is ever found",
  newAttempt: "an unknown outcome is followed by the next attempt's token",
  absentIsGone: "a run that one read does not show counts as ended",
  staleIsBack: "a run that a read does not show as it was set counts as back in the queue",
  renamesMarker: "claims name their place by a member that release 0.1.0 neither writes nor reads",
  forgetsPlannings: "a claim does not say that its run was planned before",
  blamesInnocents: "each planning that was noted counts as two that ended a process alone",
} as const;

/** A bug. */
export type PlantedBug = keyof typeof PLANTED_BUGS;

/** Whether a text names a bug. */
export function isPlantedBug(name: string): name is PlantedBug {
  return name in PLANTED_BUGS;
}

/** ECS with a bug. */
export function ecsWithBug(bug: PlantedBug | null, ecs: EcsCalls): EcsCalls {
  switch (bug) {
    case "freshToken":
      return { ...ecs, runTask: freshTokens(ecs) };
    case "noAdoption":
      return { ...ecs, runTask: (request, signal) => ecs.runTask(request, signal).catch(refuseConflict) };
    case "newAttempt":
      return { ...ecs, runTask: (request, signal) => ecs.runTask(request, signal).catch(misplace) };
    case "registersAgain":
      return { ...ecs, describeTaskDefinition: () => Promise.resolve(null) };
    case "missingIsDeath":
      return { ...ecs, describeTasks: missingIsDeath(ecs) };
    default:
      return ecs;
  }
}

function freshTokens(ecs: EcsCalls): EcsCalls["runTask"] {
  const seen = new Map<unknown, number>();
  return (request, signal) => {
    const { clientToken } = request;
    const times = seen.get(clientToken) ?? 0;
    seen.set(clientToken, times + 1);
    const token = times === 0 ? clientToken : `${times}-${String(clientToken).slice(0, 40)}`;
    return ecs.runTask({ ...request, clientToken: token }, signal);
  };
}

function refuseConflict(thrown: unknown): never {
  const failure = toFailure(thrown);
  if (failure.tag !== "conflict") throw thrown;
  throw new FailureError({
    tag: "notPlaced",
    class: "capacity",
    failures: [{ reason: "conflict" }],
    message: failure.message,
  });
}

function misplace(thrown: unknown): never {
  const failure = toFailure(thrown);
  if (failure.tag !== "unknownOutcome") throw thrown;
  throw new FailureError({
    tag: "notPlaced",
    class: "capacity",
    failures: [{ reason: "lost" }],
    message: failure.message,
  });
}

function missingIsDeath(ecs: EcsCalls): EcsCalls["describeTasks"] {
  return async (cluster, arns, signal) => {
    const { tasks, failures } = await ecs.describeTasks(cluster, arns, signal);
    const dead = failures.flatMap(({ arn }) =>
      arn === undefined ? [] : [{
        arn,
        lastStatus: "STOPPED",
        desiredStatus: "STOPPED",
        startedBy: null,
        flowRunId: null,
        stopCode: "TaskFailedToStart",
        stoppedReason: "Task provisioning failed.",
        containers: [],
      }]
    );
    return { tasks: [...tasks, ...dead], failures: [] };
  };
}

/** A clock with a bug. */
export function clockWithBug(bug: PlantedBug | null, clock: Clock): Clock {
  if (bug !== "lostWakeUp") return clock;
  let timers = 0;
  return {
    ...clock,
    after: (ms, fn) => ++timers % 50 === 0 ? () => undefined : clock.after(ms, fn),
  };
}

/** HTTP to Prefect with a bug. */
export function httpWithBug(bug: PlantedBug | null, call: HttpCall): HttpCall {
  if (bug === "forgetsPlannings") return changingStates(call, { sent: same, received: unnoted });
  if (bug === "blamesInnocents") return changingStates(call, { sent: same, received: blamed });
  if (bug === "renamesMarker") return changingStates(call, { sent: renamed, received: namedAgain });
  if (bug === "absentIsGone") return showingHiddenRuns(call, "Failed");
  if (bug === "staleIsBack") return showingHiddenRuns(call, "Scheduled");
  const wanted = bug === "overwrites" ? "Failed" : bug === "blindClaim" ? "Submitted" : null;
  if (wanted === null) return call;
  return (request) => call({ ...request, body: withoutVersions(String(request.body), wanted) });
}

/** What is sent does not say which version it replaces. */
function withoutVersions(body: string, type: string): string {
  const request: unknown = JSON.parse(body);
  if (!isJsonObject(request) || !String(request["query"]).includes("set_flow_run_states")) return body;
  const variables: unknown = JSON.parse(String(request["variables"]));
  if (!isJsonObject(variables) || !isJsonObject(variables["input"])) return body;
  const { states } = variables["input"];
  if (!Array.isArray(states)) return body;
  const blind = states.map((one) =>
    isJsonObject(one) && isOfType(one, type) ? { ...one, version: null } : one
  );
  return JSON.stringify({ ...request, variables: JSON.stringify({ input: { states: blind } }) });
}

function same(state: JsonObject): JsonObject {
  return state;
}

function unnoted(state: JsonObject): JsonObject {
  const stored = markerOf(state);
  return stored === null ? state : { ...state, context: contextWith({ ...stored, tries: [] }) };
}

function blamed(state: JsonObject): JsonObject {
  const stored = markerOf(state);
  if (stored === null) return state;
  const tries = stored.tries.flatMap((one) => [{ ...one, alone: true }, { ...one, alone: true }]);
  return { ...state, context: contextWith({ ...stored, tries }) };
}

/** The marker as a release would store it that has forgotten the releases before. */
function renamed(state: JsonObject): JsonObject {
  const stored = markerOf(state);
  if (stored === null) return state;
  const { marker, by } = stored;
  return { ...state, context: { [MARKER_KEY]: { ...marker, by } } };
}

/** And as it would read it: a marker without its member for the place is none. */
function namedAgain(state: JsonObject): JsonObject {
  const { context } = state;
  const found = isJsonObject(context) ? context[MARKER_KEY] : undefined;
  if (!isJsonObject(found)) return state;
  const { agent, scope, claim, by } = found;
  if (typeof scope !== "string") return { ...state, context: {} };
  const marker = { agent: String(agent), scope, claim: String(claim) };
  return { ...state, context: contextWith({ marker, by: String(by) }) };
}

function isOfType({ state }: JsonObject, type: string): boolean {
  return isJsonObject(state) && state["type"] === type;
}

/** The orchestrator with a bug. */
function orchestratorWithBug<Run>(
  bug: PlantedBug | null,
  orchestrator: Orchestrator<Run>,
  call: HttpCall,
): Orchestrator<Run> {
  switch (bug) {
    case "overwrites":
      return { ...orchestrator, fail: failUnread(call) };
    case "forgetsClaims":
      return { ...orchestrator, findClaims: () => Promise.resolve([]) };
    case "resumesForeign":
      return { ...orchestrator, findClaims: findClaimsOfAll(orchestrator) };
    case "lostIsClaimed":
      return {
        ...orchestrator,
        claim: (run, wanted, signal) =>
          orchestrator.claim(run, wanted, signal).then(() => ({ outcome: "claimed" })),
      };
    default:
      return orchestrator;
  }
}

function findClaimsOfAll<Run>({ findClaims }: Orchestrator<Run>): Orchestrator<Run>["findClaims"] {
  return async (owner, signal) => {
    const found: UnfinishedClaim<Run>[] = [];
    for (const agent of ["agent", "other"]) {
      for (const cluster of ["main", "second"]) {
        found.push(...await findClaims({ agent, scope: owner.scope.replace(/[^/]*$/, cluster) }, signal));
      }
    }
    return found;
  };
}

function failUnread(call: HttpCall): Orchestrator["fail"] {
  return async ({ id }, { message }, signal) => {
    const states = [{ flow_run_id: id, version: null, state: { type: "Failed", message } }];
    const query = "mutation($input: I!) { set_flow_run_states(input: $input) { states { id } } }";
    const variables = JSON.stringify({ input: { states } });
    await call({ method: "POST", url: "", headers: {}, body: JSON.stringify({ query, variables }), signal });
    return null;
  };
}

/** The effects of production with a bug. @param call the way to the Prefect API */
export function effectsWithBug<Run, Plan>(
  bug: PlantedBug | null,
  effects: AgentEffects<Run, Plan>,
  call: HttpCall,
): AgentEffects<Run, Plan> {
  const orchestrator = orchestratorWithBug(bug, effects.orchestrator, call);
  return bug === "earlyStop"
    ? { ...effects, orchestrator, stopTask: stopEarly(effects) }
    : { ...effects, orchestrator };
}

/** Tells that a task is stopped as soon as that was asked. */
function stopEarly<Run, Plan>(
  effects: AgentEffects<Run, Plan>,
): AgentEffects<Run, Plan>["stopTask"] {
  return (input, signal) => {
    effects.stopTask(input, signal).catch(() => undefined);
    return Promise.resolve({ outcome: "stopped", version: null, wasRunning: false, failure: null });
  };
}
