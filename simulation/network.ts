/**
 * The way between an agent and what it talks to: slow, lossy, repeating itself.
 *
 * @module
 */

import { CALM, type NetworkFaults } from "./world/scenario.ts";
import { type AgentProcess, cover, type CrashBudget, step } from "./agent_process.ts";
import { fault, faultsAreOn, type World } from "./world/world.ts";

/** A request as it arrives. */
export interface Delivery {
  readonly sentMs: number;
  /** The network delivers it for the second time; the sender gets the answer to the first time. */
  readonly isRepeat: boolean;
}

/** One request. */
export interface Exchange<T> {
  readonly process: AgentProcess;
  readonly crashes: CrashBudget;
  readonly operation: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Carries the request out, in the world. May throw the answer. */
  readonly execute: (delivery: Delivery) => T;
  /** What the caller gets when there is no answer. */
  readonly lost: (how: "reset" | "timeout" | "serverError") => unknown;
}

/** What becomes of one message. */
interface Course {
  /** When it is carried out, after it was sent; more than once when it is repeated. */
  readonly arrivals: readonly number[];
  /** How long the answer takes; null: none comes. */
  readonly answerMs: number | null;
  readonly end: "answer" | "reset" | "timeout" | "serverError";
  readonly kind: string | null;
}

function faultsFor(world: World, operation: string): NetworkFaults {
  const { network } = world.scenario;
  if (!faultsAreOn(world)) return CALM;
  return network.aim === null || network.aim.includes(operation)
    ? network
    : { ...CALM, maxMs: network.maxMs };
}

function courseOf(world: World, operation: string): Course {
  const { dice } = world;
  const n = faultsFor(world, operation);
  const way = () => dice.int(n.minMs, n.maxMs);
  const there = way();
  const broken = () => dice.pick<Course["end"]>(["reset", "timeout"]);
  if (dice.chance(n.loseRequest)) {
    return { arrivals: [], answerMs: way(), end: broken(), kind: "loseRequest" };
  }
  if (dice.chance(n.loseReply)) {
    return { arrivals: [there], answerMs: way(), end: broken(), kind: "loseReply" };
  }
  if (dice.chance(n.late)) {
    return { arrivals: [dice.int(1000, 60_000)], answerMs: null, end: "timeout", kind: "late" };
  }
  if (dice.chance(n.serverError)) {
    return {
      arrivals: dice.chance(0.5) ? [there] : [],
      answerMs: way(),
      end: "serverError",
      kind: "serverError",
    };
  }
  const twice = dice.chance(n.twice);
  const slow = dice.chance(n.slow);
  return {
    arrivals: twice ? [there, there + dice.pick([1, 500, 40_000])] : [there],
    answerMs: slow ? dice.int(1000, 20_000) : way(),
    end: "answer",
    kind: twice ? "twice" : slow ? "slow" : null,
  };
}

/** Sends a request. What is sent is carried out even when the sender is gone by then. */
export function send<T>(world: World, exchange: Exchange<T>): Promise<T> {
  const { process, crashes, operation, signal } = exchange;
  if (!step(world, process, { crashes, at: `before ${operation}` })) return silence();
  if (signal?.aborted) return Promise.reject(signal.reason);
  const course = courseOf(world, operation);
  if (course.kind !== null) {
    fault(world, course.kind, operation, process.id);
    cover(crashes.coverage, process, course.kind);
  }
  const answer = travel(world, exchange, course);
  return step(world, process, { crashes, at: `after sending ${operation}` }) ? answer : silence();
}

/** The answer to a process that is no more. */
function silence<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

type Outcome<T> = { readonly value: T } | { readonly thrown: unknown };

function travel<T>(world: World, exchange: Exchange<T>, course: Course): Promise<T> {
  const { process, crashes, operation, timeoutMs, signal, lost } = exchange;
  const { time } = world;
  const sentMs = time.now();
  return new Promise((resolve, reject) => {
    let isOpen = true;
    const settle = (outcome: Outcome<T>) => {
      if (!isOpen) return;
      isOpen = false;
      forget();
      signal?.removeEventListener("abort", abort);
      if (!step(world, process, { crashes, at: `before the answer to ${operation}` })) return;
      if ("value" in outcome) resolve(outcome.value);
      else reject(outcome.thrown);
    };
    const abort = () => settle({ thrown: signal?.reason });
    const forget = time.after(timeoutMs, () => settle({ thrown: lost("timeout") }));
    signal?.addEventListener("abort", abort, { once: true });
    const answer = (outcome: Outcome<T>) => {
      if (course.answerMs === null || course.end === "timeout") return;
      const told: Outcome<T> = course.end === "answer" ? outcome : { thrown: lost(course.end) };
      time.after(course.answerMs, () => settle(told));
    };
    course.arrivals.forEach((afterMs, at) =>
      time.after(afterMs, () => {
        const outcome = attempt(() => exchange.execute({ sentMs, isRepeat: at > 0 }));
        if (at === 0) answer(outcome);
      })
    );
    if (course.arrivals.length === 0) answer({ thrown: lost("reset") });
  });
}

function attempt<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() };
  } catch (thrown) {
    return { thrown };
  }
}
