/**
 * The agent's process told to end by signals while launches are on their way.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Process, until } from "./support/process.ts";
import { type FaultWorld, withFaultWorld } from "./support/fault_world.ts";
import type { SetTrap } from "./support/gate.ts";
import { readRun } from "./support/prefect_runs.ts";

/** Starts an agent and waits until so many calls of RunTask are held. */
async function launching(
  world: FaultWorld,
  { runs, words = [] }: { readonly runs: number; readonly words?: readonly string[] },
): Promise<{ agent: Process; ids: readonly string[]; traps: readonly SetTrap[] }> {
  const ids = await Promise.all(Array.from({ length: runs }, () => world.schedule({ image: "test/hung" })));
  const traps = ids.map(() => world.gate.trap({ fits: ({ name }) => name === "RunTask", how: "before" }));
  const agent = world.start(words);
  await Promise.all(traps.map(({ caught }) => caught));
  return { agent, ids, traps };
}

/** Shorter than the grace of 25 s, so that an agent that waits for it is noticed; long for a slow machine. */
const PATIENCE_MS = 15_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves with the exit code, or null where the agent still runs after so long. */
async function exitWithin(agent: Process, ms: number): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  const code = await Promise.race([agent.exited, promise]);
  clearTimeout(timer);
  return code;
}

async function linesOf({ ask }: FaultWorld, ids: readonly string[]): Promise<readonly string[]> {
  const runs = await Promise.all(ids.map((id) => readRun(ask, id)));
  return runs.flatMap(({ logs }) => logs.filter((line) => line.startsWith("Submitted for execution")));
}

Deno.test("stop: given SIGTERM with five launches in flight, when they are answered, then all are reported and the exit code is 0", () =>
  withFaultWorld(async (world) => {
    const { agent, ids, traps } = await launching(world, { runs: 5 });

    agent.signal("SIGTERM");
    const early = await exitWithin(agent, 300);
    const polls = world.gate.calls.filter(({ name }) => name === "get_runs_in_queue").length;
    for (const { release } of traps) release();
    const code = await exitWithin(agent, PATIENCE_MS);

    assert.equal(early, null, "it waits for what is in flight");
    assert.equal(code, 0, agent.output());
    assert.equal((await world.tasks()).length, 5);
    assert.equal((await linesOf(world, ids)).length, 5);
    assert.equal(
      world.gate.calls.filter(({ name }) => name === "get_runs_in_queue").length,
      polls,
      "nothing is asked for any more",
    );
  }));

Deno.test("stop: given a launch that takes longer than the grace, when told to end, then it ends, names the run and exits 1", () =>
  withFaultWorld(async (world) => {
    const { agent, ids } = await launching(world, { runs: 1, words: ["--grace", "1"] });

    const began = performance.now();
    agent.signal("SIGTERM");
    const code = await exitWithin(agent, PATIENCE_MS);
    const tookMs = performance.now() - began;

    assert.equal(code, 1, agent.output());
    assert.ok(tookMs >= 950, `it took ${tookMs} ms`);
    assert.match(agent.output(), new RegExp(`Left in the middle of their launch: ${ids[0]}`));
  }));

Deno.test("stop: given a launch in flight, when a second signal comes after more than a second, then it ends at once", () =>
  withFaultWorld(async (world) => {
    const { agent, ids } = await launching(world, { runs: 1 });

    agent.signal("SIGTERM");
    await pause(1500);
    agent.signal("SIGTERM");
    const code = await exitWithin(agent, PATIENCE_MS);

    assert.equal(code, 1, agent.output());
    assert.match(agent.output(), new RegExp(`Left in the middle of their launch: ${ids[0]}`));
  }));

Deno.test("stop: given a SIGINT that comes twice within milliseconds, when a launch is in flight, then it counts once and drains", () =>
  withFaultWorld(async (world) => {
    const { agent, ids, traps: [trap] } = await launching(world, { runs: 1 });

    agent.signal("SIGINT");
    await pause(5);
    agent.signal("SIGINT");
    const early = await exitWithin(agent, 500);
    trap?.release();
    const code = await exitWithin(agent, PATIENCE_MS);

    assert.equal(early, null, "the echo does not end it");
    assert.equal(code, 0, agent.output());
    assert.equal((await linesOf(world, ids)).length, 1);
  }));

Deno.test("stop: given nothing to do, when told to end, then it ends long before the grace with exit code 0", () =>
  withFaultWorld(async (world) => {
    const agent = world.start([]);
    await until(() => /Waiting for flow runs/.test(agent.output()) || undefined, agent.output);

    agent.signal("SIGTERM");

    assert.equal(await exitWithin(agent, PATIENCE_MS), 0, agent.output());
  }));
