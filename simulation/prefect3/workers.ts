/**
 * The workers of a world: the production program over its production wiring, started, killed and started again.
 *
 * @module
 */

import { NEVER } from "rxjs";
import type { HttpCall } from "../../actors/http/http.ts";
import { unobserved } from "../../actors/observability/call_observer.ts";
import type { AgentEffects, AgentProgram } from "../../agent/effects.ts";
import { runAgent } from "../../agent/program.ts";
import { runEcs } from "../../commands/wiring/ecs/platform.ts";
import { makeEffects } from "../../commands/wiring/make_effects.ts";
import type { OpenFlavour } from "../../commands/wiring/open_flavour.ts";
import { openWorker } from "../../commands/wiring/worker/agent.ts";
import { defaultBaseJobTemplate } from "../../flavours/ecs_worker/template/default_base_job_template.ts";
import type { WorkerOptions } from "../../flavours/ecs_worker/worker_options.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { defaultPacingSettings } from "../../schemas/ecs/pacing_options.ts";
import { defaultTemplateSettings } from "../../schemas/templates/template_options.ts";
import type { LaunchSettings } from "../../schemas/options/launch_settings.ts";
import type { FlowRun } from "../../schemas/prefect3/flow_run.ts";
import { makeRedactor } from "../../schemas/secrets/redact.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { type AgentProcess, clockOf, type Coverage, step } from "../agent_process.ts";
import { keepState, NOTHING_TO_READ, type ProcessStart, startProcesses, stopRequests } from "../agents.ts";
import type { EcsWorld } from "../ecs/world.ts";
import { clockWithBug, ecsWithBug } from "../planted_bugs.ts";
import { awsClients } from "../transports.ts";
import { diceOf } from "../world/dice.ts";
import {
  API_URL,
  effectsWithBug3,
  httpWithBug3,
  launchingWithBug3,
  type PlantedBug3,
  sharedBug,
} from "./planted_bugs.ts";
import { POOL } from "./routes.ts";
import type { Sockets } from "./sockets.ts";
import type { Store3, World3 } from "./store.ts";
import { prefect3Http } from "./transports.ts";

/** What the workers of a world run in. */
export interface WorkerGround {
  readonly world: World3;
  readonly store: Store3;
  readonly sockets: Sockets;
  readonly ecs: EcsWorld;
  readonly coverage: Coverage;
  readonly bug: PlantedBug3 | null;
}

/** Starts the workers of a world. */
export function startWorkers(ground: WorkerGround): void {
  startProcesses(ground, (start, process) => run(ground, start, process));
}

/** What one process runs. */
interface Running extends ProcessStart {
  readonly process: AgentProcess;
  readonly open: OpenFlavour<WorkerOptions, FlowRun, LaunchPlan>;
  readonly launching: LaunchSettings;
  readonly clock: Clock;
  readonly random: Random;
  /** To the Prefect API. */
  readonly call: HttpCall;
}

/** Runs the program of `worker start`. @returns how it ended */
async function run(ground: WorkerGround, start: ProcessStart, process: AgentProcess): Promise<string> {
  const { world, bug } = ground;
  const { random } = diceOf(world.scenario.seed, start.id);
  const at = () => step(world, process, { crashes: start.crashes, at: "before a timer" });
  const clock = clockWithBug(sharedBug(bug), clockOf(world, process, at));
  const call = prefect3Http({ world, process, crashes: start.crashes }, ground.store, defaultBaseJobTemplate);
  const open = openInWorld(ground, start, { process, random, call });
  const launching = launchingWithBug3(bug, open.platform.launching({ typed: {}, env: {} }));
  const { policy } = launching;
  const start_ = Math.min(policy.deadlineMs.start, world.scenario.startDeadlineMs);
  const quick = { ...launching, policy: { ...policy, deadlineMs: { ...policy.deadlineMs, start: start_ } } };
  const running = { ...start, process, open, launching: quick, clock, random, call };
  const output = await runAgent(programOf(ground, running));
  return `ended: ${output.failure?.message ?? "in good order"}, left ${output.abandoned.length}`;
}

/** The worker as its command line opens it; requests and websockets go into the world. */
function openInWorld(
  { store, sockets, bug }: WorkerGround,
  { setup }: ProcessStart,
  { process, random, call }: Pick<Running, "process" | "random" | "call">,
): OpenFlavour<WorkerOptions, FlowRun, LaunchPlan> {
  const env = {
    PREFECT_API_URL: API_URL,
    PREFECT_API_KEY: "s3cret-key",
    PREFECT_WORKER_ENABLE_CANCELLATION: "true",
  };
  const typed = { values: { pool: POOL, name: setup.name }, pairs: [], warnings: [] };
  return openWorker(typed, { env, readText: () => null }, {
    random,
    newUuid: () => store.newId(),
    transports: () => ({
      call: httpWithBug3(bug, call, setup.name),
      openWire: sockets.openWire(process, defaultBaseJobTemplate),
      close: () => undefined,
      newId: () => store.newId(),
    }),
  });
}

function programOf(ground: WorkerGround, running: Running): AgentProgram<WorkerOptions, FlowRun, LaunchPlan> {
  const { open, launching, process } = running;
  const { settings, pollTimeoutMs, pollPauseMs, maxTasks } = open.dialect;
  const { effects, scope } = effectsOf(ground, running);
  return {
    flavour: open.flavour,
    options: open.options,
    effects,
    policy: launching.policy,
    reconcileMs: launching.reconcilePeriodMs,
    maxPolls: settings.maxPolls,
    graceMs: settings.graceMs,
    pollTimeoutMs,
    pollPauseMs,
    maxTasks,
    owner: { agent: settings.name, scope },
    stop$: stopRequests(ground.world, running),
    poke$: NEVER,
    inspect: (event) => keepState(event, process),
    onEnded: ({ runId }) => {
      process.states.delete(runId);
      ground.world.history.add({ what: "left", run: runId, agent: running.id });
    },
  };
}

/** The effects as the worker's own wiring makes them; transports, clock and randomness are the simulation's. */
function effectsOf(
  { world, ecs, bug }: WorkerGround,
  { id, crashes, process, open, launching, clock, random, call }: Running,
): { readonly effects: AgentEffects<FlowRun, LaunchPlan>; readonly scope: string } {
  const aws = awsClients({ world, process, crashes }, ecs);
  const log: Log = (level, message, subject) => {
    const run = subject?.runId ?? null;
    if (process.isAlive) world.history.add({ what: "log", agent: id, run, text: `${level} ${message}` });
  };
  const ports = { clock, random, log, call: () => Promise.reject(new TypeError("nothing else is asked")) };
  const running = runEcs({
    ...ports,
    cluster: "default",
    pacing: defaultPacingSettings,
    env: {},
    seen: { observe: unobserved, onTurn: () => undefined, limiters: () => undefined },
    aws: { ...aws, ecs: ecsWithBug(sharedBug(bug), aws.ecs) },
    readFile: () => Promise.reject(new Deno.errors.NotFound()),
    locate: (typed) => typed,
    forRuns: NOTHING_TO_READ,
    templates: defaultTemplateSettings,
    unplacedText: open.dialect.unplacedText,
  });
  const effects = makeEffects({
    ...ports,
    dialect: open.dialect,
    running,
    launching,
    observe: unobserved,
    redact: makeRedactor(),
  });
  return { effects: effectsWithBug3(bug, effects, call), scope: running.scope };
}
