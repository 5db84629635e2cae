/**
 * Bugs that the simulation can put into a worker's wiring, to prove that the checker finds them. Some are those of the worlds
 * of Prefect 1, below and above the same wiring.
 *
 * @module
 */

import type { AgentEffects } from "../../agent/effects.ts";
import type { HttpAnswer, HttpCall } from "../../actors/http/http.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schemas/json/json.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import { markMessage } from "../../schemas/prefect3/claim_mark.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import { effectsWithBug, isPlantedBug, PLANTED_BUGS, type PlantedBug } from "../planted_bugs.ts";

/** Bugs of the worlds of Prefect 1 that mean the same here. */
const SHARED = {
  freshToken: PLANTED_BUGS.freshToken,
  noAdoption: PLANTED_BUGS.noAdoption,
  missingIsDeath: PLANTED_BUGS.missingIsDeath,
  lostWakeUp: PLANTED_BUGS.lostWakeUp,
  lostIsClaimed: PLANTED_BUGS.lostIsClaimed,
  registersAgain: PLANTED_BUGS.registersAgain,
  earlyStop: PLANTED_BUGS.earlyStop,
  forgetsClaims: PLANTED_BUGS.forgetsClaims,
  newAttempt: PLANTED_BUGS.newAttempt,
} as const;

/** Names of the bugs, and what each does. */
export const PLANTED_BUGS_3 = {
  ...SHARED,
  overwrites: "Crashed is forced without reading the run",
  resumesLiving: "claims of workers that live are resumed",
  timelessToken: "client tokens are made without the scheduled time",
  bulkWithLimit: "runs of deployments with a limit are claimed many at a time",
  idOnce: "the id of a task is sent once, whatever comes of it",
  earlyCancel: "the tasks of runs that are being cancelled are stopped without a grace",
  takesForeign: "claims without a mark are resumed as one's own",
} as const;

/** A bug. */
export type PlantedBug3 = keyof typeof PLANTED_BUGS_3;

/** Whether a text names a bug. */
export function isPlantedBug3(name: string): name is PlantedBug3 {
  return Object.hasOwn(PLANTED_BUGS_3, name);
}

/** The same bug of the worlds of Prefect 1; null: it is another one. */
export function sharedBug(bug: PlantedBug3 | null): PlantedBug | null {
  return bug !== null && Object.hasOwn(SHARED, bug) && isPlantedBug(bug) ? bug : null;
}

/** Settings of launching and watching with a bug. */
export function launchingWithBug3(bug: PlantedBug3 | null, settings: LaunchSettings): LaunchSettings {
  return bug === "earlyCancel" ? { ...settings, cancelGraceMs: 0 } : settings;
}

/** HTTP to the API with a bug. @param worker name of the worker */
export function httpWithBug3(bug: PlantedBug3 | null, call: HttpCall, worker: string): HttpCall {
  switch (bug) {
    case "bulkWithLimit":
      return changing(call, "/deployments/filter", (row) => ({ ...row, global_concurrency_limit: null }));
    case "resumesLiving":
      return changing(call, "/workers/filter", (row) => ({ ...row, status: "OFFLINE" }));
    case "takesForeign":
      return changing(call, "/flow_runs/filter", (row) => markedFor(worker, row));
    case "idOnce":
      return sentOnce(call);
    default:
      return call;
  }
}

/** Changes the rows that a route answers. */
function changing(call: HttpCall, route: string, change: (row: JsonObject) => JsonObject): HttpCall {
  return async (request) => {
    const answer = await call(request);
    if (!request.url.endsWith(route) || answer.status !== 200) return answer;
    const rows: Json = JSON.parse(new TextDecoder().decode(answer.body).replace(/^<.*/s, "null"));
    if (!Array.isArray(rows)) return answer;
    const changed = rows.map((row: Json) => isJsonObject(row) ? change(row) : row);
    return { ...answer, body: new TextEncoder().encode(JSON.stringify(changed)) };
  };
}

function markedFor(worker: string, row: JsonObject): JsonObject {
  const { state } = row;
  if (!isJsonObject(state) || state["type"] !== "PENDING" || state["message"] !== null) return row;
  const message = markMessage({ worker, process: "former", scope: "us-east-1/default" });
  return { ...row, state: { ...state, message } };
}

/** Where workers look for the API. */
export const API_URL = "http://127.0.0.1:4200/api";

const DONE: HttpAnswer = { status: 204, headers: {}, body: new Uint8Array() };

function sentOnce(call: HttpCall): HttpCall {
  return async (request) => {
    if (!String(request.body).startsWith('{"infrastructure_pid"')) return await call(request);
    await call(request).catch(() => DONE);
    return DONE;
  };
}

/** The effects of production with a bug. @param call the way to the API */
export function effectsWithBug3(
  bug: PlantedBug3 | null,
  effects: AgentEffects<FlowRun, LaunchPlan>,
  call: HttpCall,
): AgentEffects<FlowRun, LaunchPlan> {
  const { orchestrator } = effects;
  switch (bug) {
    case "overwrites":
      return { ...effects, orchestrator: { ...orchestrator, fail: failUnread(call) } };
    case "timelessToken":
      return { ...effects, platform: timeless(effects) };
    default:
      return effectsWithBug(sharedBug(bug), effects, call);
  }
}

function failUnread(call: HttpCall): AgentEffects<FlowRun, LaunchPlan>["orchestrator"]["fail"] {
  return async ({ id }, { message }, signal) => {
    const url = `${API_URL}/flow_runs/${id}/set_state`;
    const body = JSON.stringify({ state: { type: "CRASHED", message }, force: true });
    await call({ method: "POST", url, headers: {}, body, signal });
    return null;
  };
}

/** Tokens as if every right to launch a run were the same. */
function timeless({ platform }: AgentEffects<FlowRun, LaunchPlan>) {
  return {
    ...platform,
    run: (request: Parameters<typeof platform.run>[0], signal: AbortSignal) =>
      platform.run({ ...request, token: `token-of-${request.runId}` }, signal),
  };
}
