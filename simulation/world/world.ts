/**
 * What everything in a simulated world shares.
 *
 * @module
 */

import type { Dice } from "./dice.ts";
import type { Fact, History } from "./history.ts";
import type { Scenario, Window } from "./scenario.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** The ground that API, ECS, agents and people stand on. */
export interface World {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly history: History;
  readonly startMs: number;
  readonly dice: Dice;
  /** How often each kind of fault happened. */
  readonly faults: Map<string, number>;
}

/** Milliseconds since the world began. */
export function elapsed({ time, startMs }: World): number {
  return time.now() - startMs;
}

/** Whether things may still go wrong. */
export function faultsAreOn(world: World): boolean {
  return elapsed(world) < world.scenario.calmMs;
}

/** The window that holds now. */
export function windowNow(world: World, windows: readonly Window[]): Window | null {
  const now = elapsed(world);
  return windows.find(({ fromMs, toMs }) => fromMs <= now && now < toMs) ?? null;
}

/** Counts a fault and writes it down. */
export function fault(world: World, kind: string, text: string, agent?: string): void {
  world.faults.set(kind, (world.faults.get(kind) ?? 0) + 1);
  const fact: Fact = { what: "fault", kind, text, ...(agent === undefined ? {} : { agent }) };
  world.history.add(fact);
}
