/**
 * The agent's process killed by SIGKILL in each state of its machines and started again, over the sandbox: no run is lost,
 * no task is started twice. A gate between the agent and its services holds the very call in whose middle it is killed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { cancelRun } from "../../sandbox/demo/client.ts";
import { type Process, until } from "./support/process.ts";
import { type FaultWorld, withFaultWorld } from "./support/fault_world.ts";
import { type Kill, KILL_CASES, type KillCase } from "./support/kill_cases.ts";
import { readRun, type RunSeen } from "./support/prefect_runs.ts";

const WORDS = ["--watch-period", "0.2", "--reconcile-period", "0.3", "--cancel-grace", "0"];
const TASK_LINE = /^(?:Submitted for execution|Taken up again after a restart): Task (\S+)$/;
const FINAL = /^(Success|Failed|Cancelled)$/;

/** Agents that are at work at a time; each is a process. */
const ABREAST = 4;

/** So long an agent that was told to end drains before it is killed. */
const DRAINING_MS = 300;

/** So long after a run's end a second task would have shown. */
const SETTLED_MS = 700;

/** What came of one case. */
interface Seen {
  readonly one: KillCase;
  readonly atKill: { readonly state: string; readonly tasks: number };
  readonly run: RunSeen;
  readonly tasks: number;
  readonly arns: readonly (string | undefined)[];
  readonly owners: readonly (string | undefined)[];
  /** Task definitions that are still ACTIVE. */
  readonly definitions: readonly string[];
  readonly output: string;
  readonly code: number;
}

/** Kills agents one after the other. @returns what is true then */
async function kill(world: FaultWorld, runId: string, one: KillCase): Promise<Seen["atKill"]> {
  for (const [index, last] of one.kills.entries()) {
    const { once, prelude = [] } = index === 0 ? one : {};
    await killAt(world, runId, { ...one, words: one.words ?? [], once, prelude, last });
  }
  return { state: (await readRun(world.ask, runId)).state, tasks: (await world.tasks()).length };
}

interface Moment extends Pick<KillCase, "isDraining"> {
  readonly once: KillCase["once"] | undefined;
  readonly words: readonly string[];
  readonly prelude: readonly Kill[];
  readonly last: Kill;
}

async function killAt(world: FaultWorld, runId: string, moment: Moment): Promise<void> {
  const { gate } = world;
  const set = ({ fits, how }: Kill) => gate.trap({ fits: (call) => fits(call, runId), how });
  moment.prelude.forEach(set);
  const early = moment.once === undefined ? set(moment.last) : null;
  const agent = world.start([...WORDS, ...moment.words]);
  if (moment.once === "running") await untilState(world, { runId, state: "Running", agent });
  if (moment.once === "cancelled") await hang(world, runId, agent);
  const trap = early ?? set(moment.last);
  if (moment.once === "cancelled") await cancelRun(world.ask, runId);
  await reached(trap.caught, agent, gate.calls);
  if (moment.isDraining === true) {
    agent.signal("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, DRAINING_MS));
  }
  agent.signal("SIGKILL");
  assert.equal(await agent.exited, 137);
}

/** The flow says that it runs and nothing more. */
async function hang(world: FaultWorld, runId: string, agent: Process): Promise<void> {
  await untilState(world, { runId, state: "Submitted", agent });
  const state = { type: "Running", message: "Running flow.", __version__: "0.15.13" };
  const states = [{ flow_run_id: runId, state, version: null }];
  await world.ask(SET_STATES, { input: { states } });
}

const SET_STATES =
  "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id } } }";

async function untilState(
  { ask, tasks }: FaultWorld,
  { runId, state, agent }: { readonly runId: string; readonly state: string; readonly agent: Process },
): Promise<void> {
  await until(
    async () => (await readRun(ask, runId)).state === state && (await tasks()).length === 1 || undefined,
    () => `the run is not ${state}\n${agent.output()}`,
  );
}

/** Waits for a trap. @throws {Error} with what the agent did instead */
async function reached(
  caught: Promise<void>,
  agent: Process,
  calls: FaultWorld["gate"]["calls"],
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = (what: string) =>
    reject(new Error(`${what}\n${agent.output()}\n${calls.map(({ name }) => name).join("\n")}`));
  const timer = setTimeout(() => give("The agent did not come to the call"), 60_000);
  // Once the call is caught, the end of the agent is what the test brings about.
  promise.catch(() => {});
  void agent.exited.then((code) => give(`The agent ended with ${code}`));
  await Promise.race([caught, promise]).finally(() => clearTimeout(timer));
}

function play(one: KillCase): Promise<Seen> {
  return withFaultWorld(async (world) => {
    const runId = await world.schedule(one.flow ?? {});
    const atKill = await kill(world, runId, one);
    const agent = world.start([...WORDS, ...one.words ?? []]);
    const run = async () => {
      const seen = await readRun(world.ask, runId);
      return FINAL.test(seen.state) ? seen : undefined;
    };
    await until(run, () => `the run does not end\n${agent.output()}`);
    await until(() => /Waiting for flow runs/.test(agent.output()) || undefined, agent.output);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    agent.signal("SIGTERM");
    const code = await agent.exited;
    const tasks = await world.tasks();
    return {
      one,
      atKill,
      run: await readRun(world.ask, runId),
      tasks: tasks.length,
      arns: tasks.map(({ taskArn }) => taskArn),
      owners: tasks.map(({ startedBy }) => startedBy),
      definitions: await world.definitions(),
      output: agent.output(),
      code,
    };
  });
}

/** Plays all cases, some at a time. */
async function playAll(cases: readonly KillCase[]): Promise<ReadonlyMap<KillCase, Seen | Error>> {
  const results = new Map<KillCase, Seen | Error>();
  const waiting = [...cases];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      results.set(one, await play(one).catch((thrown: Error) => thrown));
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
  return results;
}

function check({ one, atKill, run, tasks, arns, owners, definitions, output, code }: Seen): void {
  const story = `${run.states.join(" ")}\n${run.logs.join("\n")}\n${output}`;
  if (one.atKill.state !== "") assert.equal(atKill.state, one.atKill.state, "the run's state at the kill");
  assert.equal(atKill.tasks, one.atKill.tasks, "tasks at the kill");
  assert.equal(run.state, one.ends, story);
  assert.equal(tasks, one.tasks, `tasks in all\n${story}`);
  assert.ok(owners.every((owner) => owner === run.id), "each task names the run that it was started for");
  assert.equal(
    run.states.filter((state) => state === "Submitted").length,
    one.claims ?? 1,
    `one claim\n${story}`,
  );
  assert.equal(run.states.filter((state) => FINAL.test(state)).length, 1, `one end\n${story}`);
  const said = run.logs.filter((line) => line.startsWith("Submitted for execution: "));
  assert.ok(said.length <= one.tasks, `a launch is told once\n${story}`);
  assert.ok(one.line === "lost" || said.length === one.tasks, `the run's log names its task\n${story}`);
  const named = run.logs.flatMap((line) => TASK_LINE.exec(line)?.[1] ?? []);
  assert.ok(named.every((arn) => arns.includes(arn)), `no other task is named\n${story}`);
  assert.ok(one.ends !== "Failed" || run.message.length > 40, `the end is explained: ${run.message}`);
  if (one.words?.includes("--task-definition-per-run")) assert.deepEqual(definitions, [], story);
  assert.equal(code, 0, story);
}

function isSeen(result: Seen | Error | undefined): result is Seen {
  return result !== undefined && !(result instanceof Error);
}

/** A line for each state, as the README shows it. */
function table(results: readonly Seen[]): string {
  const states = [...new Set(results.map(({ one }) => one.state))];
  const rows = states.map((state) => {
    const of = results.filter(({ one }) => one.state === state);
    const kills = of.reduce((sum, { one }) => sum + one.kills.length, 0);
    const lost = of.filter(({ run }) => !FINAL.test(run.state)).length;
    const twice = of.filter(({ one, tasks }) => tasks > one.tasks).length;
    return `| \`${state}\` | ${of.map(({ one }) => one.moment).join("; ")} | ${kills} | ${lost} | ${twice} |`;
  });
  return ["| killed in | while | kills | runs lost | started twice |", "|---|---|---|---|---|", ...rows, ""]
    .join("\n");
}

Deno.test("kill: given SIGKILL in any state of the machines, when the agent is started again, then nothing is lost and nothing twice", async (t) => {
  // The longest ones are among the last.
  const results = await playAll(KILL_CASES.toReversed());
  for (const one of KILL_CASES) {
    await t.step(`${one.state}: ${one.moment}`, () => {
      const seen = results.get(one);
      if (seen === undefined || seen instanceof Error) throw seen ?? new Error("The case was not played");
      check(seen);
    });
  }
  const played = KILL_CASES.map((one) => results.get(one)).filter((seen) => isSeen(seen));
  await Deno.stdout.write(new TextEncoder().encode(`\n${table(played)}`));
});
