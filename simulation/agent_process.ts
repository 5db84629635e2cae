/**
 * One process of an agent. Once it has ended its timers and answers no longer reach it; requests it sent are still carried out.
 *
 * @module
 */

import type { Clock } from "../schemas/time/clock.ts";
import { fault, faultsAreOn, type World } from "./world/world.ts";

/** One process of an agent, from its start to its end. */
export interface AgentProcess {
  /** `a1#2`: second process of the first agent. */
  readonly id: string;
  isAlive: boolean;
  /** By how much its clock is ahead, in milliseconds. */
  skewMs: number;
  /** States of its run machines, by run, for the coverage. */
  readonly states: Map<string, string>;
  /** Called once, when the process ends. */
  readonly onEnd: () => void;
}

/** How often a machine was in a state when a fault of a kind hit its agent: `state × kind`. */
export type Coverage = Map<string, number>;

/** How many crashes the scenario still allows. */
export interface CrashBudget {
  left: number;
  readonly coverage: Coverage;
}

/** Counts a fault for every run the agent works on. */
export function cover(coverage: Coverage, process: AgentProcess, kind: string): void {
  for (const state of process.states.values()) {
    const key = `${state} × ${kind}`;
    coverage.set(key, (coverage.get(key) ?? 0) + 1);
  }
}

/**
 * A point at which an agent may be killed.
 *
 * @returns whether its process is still alive
 */
export function step(
  world: World,
  process: AgentProcess,
  { crashes, at }: { readonly crashes: CrashBudget; readonly at: string },
): boolean {
  if (!process.isAlive) return false;
  if (crashes.left <= 0 || !faultsAreOn(world) || !world.dice.chance(world.scenario.crash.rate)) return true;
  crashes.left--;
  fault(world, "crash", `${process.id} ${at}`, process.id);
  cover(crashes.coverage, process, "crash");
  kill(process);
  return false;
}

/** Ends a process at once. */
export function kill(process: AgentProcess): void {
  if (!process.isAlive) return;
  process.isAlive = false;
  process.onEnd();
}

/** The clock of a process: it may be wrong, and its timers end with the process. */
export function clockOf(world: World, process: AgentProcess, onTimer: () => boolean): Clock {
  return {
    now: () => world.time.now() + process.skewMs,
    after: (ms, fn) =>
      world.time.after(Math.ceil(ms), () => {
        if (process.isAlive && onTimer()) fn();
      }),
  };
}
