/**
 * The real agent process against the sandbox while requests are throttled, refused, answered with errors or not at all.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as v from "valibot";
import { sandboxClient } from "../../sandbox/demo/api_client.ts";
import { startDemoAgent } from "../../sandbox/demo/agent.ts";
import { readRuns, scheduleDemo } from "../../sandbox/demo/client.ts";
import type { ScheduledRun, SeenRun } from "../../sandbox/demo/part.ts";
import { DEMO_FLOWS } from "../../sandbox/demo/flows.ts";
import { demoRuns, hasEnded, isRight } from "../../sandbox/demo/progress.ts";
import { faultPlanSchema } from "../../sandbox/ecs/faults.ts";
import { openEcsStore } from "../../sandbox/ecs/store.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { awsVariables, prefectVariables } from "../../sandbox/environment.ts";
import { systemClock } from "../../actors/time/system_clock.ts";

const RATES = {
  throttle: 0.15,
  lostReply: 0.15,
  errorBefore: 0.05,
  errorAfter: 0.1,
  capacity: 0.05,
  missing: 0.5,
};
const LONGEST_MS = 60_000;

function startFaultySandbox(dataDir: string, seed: number): Promise<Sandbox> {
  return startSandbox({
    apiPort: 0,
    prefect3Port: 0,
    ecsPort: 0,
    kubernetesPort: null,
    dataDir,
    imageExec: [],
    limits: "documented",
    faults: v.parse(faultPlanSchema, { seed, rates: RATES }),
    deno: Deno.execPath(),
    env: Deno.env.toObject(),
    clock: systemClock,
    random: Math.random,
    log: () => {},
  });
}

async function untilEnded(
  { apiUrl: url, apiKey }: Sandbox,
  scheduled: readonly ScheduledRun[],
): Promise<readonly SeenRun[]> {
  const ask = sandboxClient({ url, apiKey });
  const startedAt = performance.now();
  for (;;) {
    const seen = await readRuns(ask, scheduled.map((run) => run.id));
    if (demoRuns(scheduled, seen).every(hasEnded)) return seen;
    assert.ok(
      performance.now() - startedAt < LONGEST_MS,
      `some runs have not ended: ${JSON.stringify(seen)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** `startedBy` of every task there was, read from the folder of a sandbox that was closed. */
function startedBy(folder: string): readonly string[] {
  const store = openEcsStore(folder);
  const all = store.tasks.all().map((task) => task.startedBy ?? "");
  store.close();
  return all;
}

async function playFaults(folder: string, seed: number) {
  const sandbox = await startFaultySandbox(folder, seed);
  const agent = startDemoAgent({
    deno: Deno.execPath(),
    words: ["ecs", "start", "--name", "demo", "--watch-period=1"],
    env: Deno.env.toObject(),
    variables: { ...prefectVariables(sandbox), ...awsVariables(sandbox) },
    logFile: `${folder}/agent.log`,
  });
  try {
    const flows = DEMO_FLOWS.filter(({ name }) => ["hello", "parallel", "broken"].includes(name));
    const scheduled = await scheduleDemo(
      sandboxClient({ url: sandbox.apiUrl, apiKey: sandbox.apiKey }),
      flows,
    );
    return demoRuns(scheduled, await untilEnded(sandbox, scheduled));
  } finally {
    await agent.stop();
    await sandbox.close();
  }
}

for (const seed of [3, 11]) {
  Deno.test(`faults: given seed ${seed}, when the agent works, then each run ends rightly with exactly one task`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "faults-test-" });
    try {
      const runs = await playFaults(folder, seed);

      assert.deepEqual(
        runs.filter((run) => !isRight(run)),
        [],
        await Deno.readTextFile(`${folder}/agent.log`),
      );
      assert.deepEqual(startedBy(folder).toSorted(), runs.map((run) => run.id).toSorted());
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
