/** Scenarios side by side, each with an agent process, services and faults of its own. @module */

import { type FaultWorld, withFaultWorld, type WorldOptions } from "./fault_world.ts";

/** What is done to a world, and what must come of it. */
export interface Scenario {
  readonly name: string;
  readonly world?: WorldOptions;
  readonly play: (world: FaultWorld) => Promise<void>;
}

/** Real time, where an agent process is given the chance to do what it must not. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Plays all of them at once; each is a step of the test. */
export async function playScenarios(t: Deno.TestContext, scenarios: readonly Scenario[]): Promise<void> {
  const played = await Promise.allSettled(
    scenarios.map(async ({ play, world }, index) => {
      // Not all processes at the same moment.
      await pause(700 * index);
      await withFaultWorld(play, world);
    }),
  );
  for (const [index, result] of played.entries()) {
    await t.step(scenarios[index]?.name ?? "", () => {
      if (result.status === "rejected") throw result.reason;
    });
  }
}
