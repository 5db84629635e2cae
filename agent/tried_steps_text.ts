/**
 * What is said of a step that goes on failing: which, for how long, what was answered, when it is tried next, how it ends, and
 * what to check.
 *
 * @module
 */

import type { PlatformWords } from "../schemas/contracts/platform.ts";
import { type Failure, placementClassOf } from "../schemas/failure/failure.ts";
import { spokenTime } from "../schemas/flow_run/deadlines.ts";
import type { LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import type { TriedStage, TriedStep } from "./tried_step.ts";

/** A step and what its line needs. */
export interface Told {
  readonly step: Readonly<TriedStep>;
  readonly nowMs: number;
  readonly policy: Pick<LaunchPolicy, "deadlineMs">;
  readonly words: PlatformWords;
}

/** Longest part of an answer that a line quotes, in characters. */
const MOST_QUOTED = 600;

/** What cannot be done, before "the flow run". */
const VERBS: Readonly<Record<TriedStage, string>> = {
  claim: "claim",
  hold: "confirm the claim on",
  plan: "plan",
  register: "find or register the task definition of",
  run: "start the task of",
  find: "look for the task of",
  report: "tell the API about",
  stop: "stop the task of",
};

/** Whom a step asks. */
const ASKED: Readonly<Record<TriedStage, "api" | "platform" | "source">> = {
  claim: "api",
  hold: "api",
  plan: "source",
  register: "platform",
  run: "platform",
  find: "platform",
  report: "api",
  stop: "platform",
};

/** What makes failures one cause: the stage, the kind and the text without what differs from run to run. */
export function causeOf({ stage, runId, failure }: Readonly<TriedStep>): string {
  if (failure === null) return `${stage} unanswered`;
  const text = failure.message.replaceAll(runId, "").slice(0, MOST_QUOTED)
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, "").replace(/\d+/g, "#");
  return `${stage} ${failure.tag} ${text}`;
}

/** The line of the agent's log. @param runs how many fail in this step for this cause */
export function lineForAgent(told: Told & { readonly runs: number }): string {
  const { step, runs, nowMs } = told;
  const whom = runs === 1 ? `flow run ${step.runId}` : `${runs} flow runs`;
  const tries = step.tries === 1 ? "1 try" : `${step.tries} tries`;
  const first = runs === 1 ? tries : `the first of them with ${tries}`;
  return `Cannot ${VERBS[step.stage]} ${whom} for ${spokenTime(nowMs - step.sinceMs)} by now, ${first}: ` +
    rest(told);
}

/** The line of the run's own log. */
export function lineForRun(told: Told): string {
  const { step, nowMs } = told;
  const times = step.tries === 1 ? "once" : `${step.tries} times`;
  const tried = step.failure === null ? "asked" : `tried ${times}`;
  return `Cannot ${VERBS[step.stage]} this flow run yet, ${tried} in ${spokenTime(nowMs - step.sinceMs)}: ` +
    rest(told);
}

function rest(told: Told): string {
  const sentences = [`${answerOf(told.step)}; ${nextOf(told)}`, endOf(told), checkOf(told)];
  return sentences.filter((one) => one !== "").join(". ");
}

function answerOf({ failure }: Readonly<TriedStep>): string {
  if (failure === null) return "there is no answer yet";
  const text = failure.message.replace(/[\s.]+$/, "");
  return text.length <= MOST_QUOTED ? text : `${text.slice(0, MOST_QUOTED).replace(/[\ud800-\udbff]$/, "")}…`;
}

function nextOf({ step: { nextMs, failure }, nowMs }: Told): string {
  if (nextMs !== null && nextMs > nowMs) return `the next try is in ${spokenTime(nextMs - nowMs)}`;
  return failure === null ? "the first try goes on" : "the next try is under way";
}

/** How the step ends if it goes on failing. */
function endOf({ step: { stage, mayBeDone, failure }, policy: { deadlineMs } }: Told): string {
  const after = (name: "claim" | "definition" | "launch" | "stop") =>
    `after ${spokenTime(deadlineMs[name])} (--${name}-deadline)`;
  switch (stage) {
    case "claim":
      return `It is given back ${after("claim")}`;
    case "hold":
      return "It is not given up before the API answers, because another process may have the run";
    case "plan":
    case "register":
      return `It is given up ${after("definition")}`;
    case "run":
      if (mayBeDone) {
        return "It is not given up before there is an answer, because a task may have been started: every try carries " +
          "the same token and starts no second task";
      }
      if (failure === null) return "";
      return placementClassOf(failure) === "accountLimit"
        ? "It waits until other tasks end"
        : `It is given up ${after("launch")}`;
    case "find":
      return `Nothing is launched before ${
        spokenTime(deadlineMs.definition)
      } have passed, because its task may be running`;
    case "report":
      return `It is given up after ${
        spokenTime(deadlineMs.report)
      }, and the next search for claims takes it up again`;
    case "stop":
      return mayBeDone
        ? "It is not given up before there is an answer, because its task may still be running"
        : `It is given up ${after("stop")}`;
  }
}

function checkOf({ step: { stage, failure }, words: { name } }: Told): string {
  const system = systemOf(stage, failure, name);
  if (failure?.tag === "throttled" && failure.isChanging === true) {
    return `Check what else changes the same thing at ${system}`;
  }
  if (failure?.tag === "throttled") {
    return `Check what else sends requests to ${system}, and ask for a higher limit`;
  }
  if (failure?.tag === "unauthorized") return "Check that the API accepts the agent's key";
  if (failure !== null && placementClassOf(failure) !== null) {
    return `Check the limits and the room of ${system}`;
  }
  return `Check the address of ${system}, the proxies on the way there, and its health`;
}

function systemOf(stage: TriedStage, failure: Failure | null, platform: string): string {
  if (failure?.tag === "unauthorized") return "the API";
  switch (ASKED[stage]) {
    case "api":
      return "the API";
    case "platform":
      return platform;
    case "source":
      return "what its templates are read from";
  }
}
