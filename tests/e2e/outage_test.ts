/**
 * The real agent process while the API or ECS is away, slow or refusing, beside other agents, and killed at random moments.
 * The scenarios mostly wait, so they are played at the same time, each in a world of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { seededRandom } from "../../sandbox/ecs/seeded_random.ts";
import { type Process, until } from "./support/process.ts";
import { pause, playScenarios, type Scenario } from "./support/fault_scenarios.ts";
import type { FaultWorld, WorldOptions } from "./support/fault_world.ts";
import { type GateCall, throttled } from "./support/gate.ts";
import { readRun } from "./support/prefect_runs.ts";

/** Its tasks never end by themselves, so whatever is started can be counted. */
const HUNG = { image: "test/hung" } as const;
const WORDS = ["--watch-period", "0.3", "--reconcile-period", "0.5"];

/** So long after the last launch a second task would have shown. */
const SETTLED_MS = 1500;

const isRunTask = ({ name }: GateCall) => name === "RunTask";

function isReady(agent: Process): Promise<true> {
  return until(() => /Waiting for flow runs/.test(agent.output()) || undefined, agent.output);
}

/** Each run has exactly one task, none of them is Failed, and its log names the task once. */
async function launchedOnce(world: FaultWorld, ids: readonly string[], agent: Process): Promise<void> {
  const started = async () => (await world.tasks()).map(({ startedBy }) => startedBy ?? "");
  const isNamed = async (id: string) =>
    (await readRun(world.ask, id)).logs.filter((line) => /^Submitted for/.test(line)).length === 1;
  await until(
    async () =>
      (await started()).length >= ids.length && (await Promise.all(ids.map(isNamed))).every(Boolean) ||
      undefined,
    () => `not everything is launched and reported\n${agent.output()}`,
  );
  await pause(SETTLED_MS);
  assert.deepEqual((await started()).toSorted(), ids.toSorted(), agent.output());
  for (const id of ids) assert.equal((await readRun(world.ask, id)).state, "Submitted", agent.output());
  agent.signal("SIGTERM");
  assert.equal(await agent.exited, 0, agent.output());
}

/** The API answers like this for 20 s: some runs are in the middle of their launch, some become due meanwhile. */
function apiAway(what: string, answer: () => Response): Scenario {
  return {
    name: `the API answers ${what} for 20 s`,
    play: async (world) => {
      const before = await world.scheduleMany(HUNG, 3);
      const traps = before.map(() => world.gate.trap({ fits: isRunTask, how: "after" }));
      const agent = world.start(WORDS);
      await Promise.all(traps.map(({ caught }) => caught));
      const end = world.gate.outage("api", answer);
      for (const { release } of traps) release();
      const meanwhile = await world.scheduleMany(HUNG, 3);
      await pause(20_000);
      end();
      await launchedOnce(world, [...before, ...meanwhile], agent);
    },
  };
}

/** RunTask of one run goes wrong in this way. */
function oneRunTask(what: string, how: "lost" | "dropped" | (() => Response)): Scenario {
  return {
    name: `RunTask ${what}`,
    play: async (world) => {
      const ids = await world.scheduleMany(HUNG, 1);
      const trap = world.gate.trap({ fits: isRunTask, how });
      const agent = world.start(WORDS);
      await trap.caught;
      await launchedOnce(world, ids, agent);
    },
  };
}

/** Two agents over 60 runs. */
function twoAgents(what: string, names: readonly [string, string], world: WorldOptions): Scenario {
  return {
    name: `two agents over 60 runs, ${what}`,
    world,
    play: async (world) => {
      const [one, other] = names.map((name) => world.start([...WORDS, "--name", name]));
      assert.ok(one !== undefined && other !== undefined);
      await Promise.all([isReady(one), isReady(other)]);
      const ids = await world.scheduleMany(HUNG, 60);
      await launchedOnce(world, ids, one);
      other.signal("SIGTERM");
      assert.equal(await other.exited, 0, other.output());
    },
  };
}

/** A claim that was made with these words, by an agent that died at once. */
function foreignClaim(whose: string, words: readonly string[]): Scenario {
  return {
    name: `a claim ${whose} is left alone`,
    play: async (world) => {
      const id = await world.schedule(HUNG);
      const trap = world.gate.trap({
        fits: ({ name }) => name === "set_flow_run_states Submitted",
        how: "after",
      });
      const foreign = world.start([...WORDS, ...words]);
      await trap.caught;
      foreign.signal("SIGKILL");
      await foreign.exited;
      const agent = world.start(WORDS);
      await isReady(agent);
      await pause(4000);
      assert.deepEqual(await world.tasks(), [], agent.output());
      assert.deepEqual((await readRun(world.ask, id)).states, ["Scheduled", "Submitted"]);
    },
  };
}

/** When processes are killed: always the same moments, others are asked for by `KILL_SEED`. */
const SEED = Number(Deno.env.get("KILL_SEED") ?? 195557182);

const scenarios: readonly Scenario[] = [
  apiAway("401", () => new Response('{"errors":[{"message":"Unauthenticated"}]}', { status: 401 })),
  apiAway("503", () => new Response("upstream connect error", { status: 503 })),
  apiAway("an HTML page", () => new Response("<html><body>Maintenance</body></html>")),
  {
    name: "ECS throttles every action for 20 s",
    play: async (world) => {
      const agent = world.start(WORDS);
      await isReady(agent);
      const end = world.gate.outage("ecs", throttled);
      const ids = await world.scheduleMany(HUNG, 10);
      await pause(20_000);
      end();
      await launchedOnce(world, ids, agent);
    },
  },
  {
    name: "a proxy answers every call of ECS with a page and status 502 for 14 s",
    play: async (world) => {
      const agent = world.start(WORDS);
      await isReady(agent);
      const end = world.gate.outage("ecs", () => new Response("<html>Bad Gateway</html>", { status: 502 }));
      const ids = await world.scheduleMany(HUNG, 3);
      await pause(14_000);
      end();
      await launchedOnce(world, ids, agent);

      const told = agent.output().split("\n").filter((line) => /WARNING .*Cannot .* flow run/.test(line));
      assert.equal(told.length, 1, "one line for all runs");
      assert.match(told[0] ?? "", /3 flow runs for .* 502 is not one of AWS; check AWS_ENDPOINT_URL/);
      for (const id of ids) {
        const { logs } = await readRun(world.ask, id);
        assert.equal(
          logs.filter((line) => /^Cannot .* this flow run yet, tried \d+ times/.test(line)).length,
          1,
        );
      }
    },
  },
  {
    name: "the answer of RunTask is delayed by 40 s",
    play: async (world) => {
      const ids = await world.scheduleMany(HUNG, 1);
      const trap = world.gate.trap({ fits: isRunTask, how: "after" });
      const agent = world.start(WORDS);
      await trap.caught;
      await pause(40_000);
      trap.release();
      await launchedOnce(world, ids, agent);
    },
  },
  oneRunTask("is executed and its connection breaks", "dropped"),
  oneRunTask("is executed and answered with status 500", "lost"),
  oneRunTask("is answered with status 500 and not executed", () => new Response("{}", { status: 500 })),
  {
    name: "the placement is refused three times",
    world: { faults: { rules: [{ operation: "RunTask", times: 3, rates: { capacity: 1 } }] } },
    play: async (world) => {
      const ids = await world.scheduleMany(HUNG, 1);
      await launchedOnce(world, ids, world.start(WORDS));
    },
  },
  {
    name: "each task is MISSING for 3 s",
    world: { faults: { missingMs: 3000, rates: { missing: 1 } } },
    play: async (world) => {
      const ids = await world.scheduleMany(HUNG, 5);
      const agent = world.start(WORDS);
      await pause(5000);
      await launchedOnce(world, ids, agent);
    },
  },
  foreignClaim("of an agent of another name", ["--name", "foreign"]),
  foreignClaim("of this name for another cluster", ["--cluster", "elsewhere"]),
  twoAgents("versions are locked", ["one", "other"], { versionLocking: true }),
  twoAgents("versions are not locked", ["one", "other"], { versionLocking: false }),
  twoAgents("versions are not locked, of one name", ["twin", "twin"], { versionLocking: false }),
  {
    name: `ten times SIGKILL at a random moment over 40 runs, seed ${SEED}`,
    play: async (world) => {
      const random = seededRandom(SEED);
      const ids: string[] = [];
      for (let kills = 0; kills < 10; kills += 1) {
        ids.push(...await world.scheduleMany(HUNG, 4));
        const agent = world.start(WORDS);
        // Agents that have just started are killed as well as agents that are busy with some runs.
        if (random() < 0.8) await isReady(agent);
        await pause(300 * random());
        agent.signal("SIGKILL");
        await agent.exited;
      }
      const agent = world.start(WORDS);
      const tasks = async () => (await world.tasks()).length >= ids.length || undefined;
      await until(tasks, () => `not everything is launched\n${agent.output()}`);
      await pause(SETTLED_MS);
      assert.deepEqual((await world.tasks()).map(({ startedBy }) => startedBy).toSorted(), ids.toSorted());
      for (const id of ids) {
        const { states } = await readRun(world.ask, id);
        // Whoever takes a claim over says so by setting it once more.
        assert.match(states.join(" "), /^Scheduled( Submitted)+$/, `${id}\n${agent.output()}`);
      }
    },
  },
];

Deno.test("outage: given services that are away, slow or refusing, when runs are due, then each gets one task and none is lost", async (t) => {
  await playScenarios(t, scenarios);
});
