/**
 * The agents of a world with a cluster: the production program over its production wiring, down to the requests of the client.
 *
 * @module
 */

import { NEVER } from "rxjs";
import { unobserved } from "../../actors/observability/call_observer.ts";
import type { AgentEffects, AgentProgram } from "../../agent/effects.ts";
import { runAgent } from "../../agent/program.ts";
import type { Dialect } from "../../commands/wiring/dialect.ts";
import { type KubernetesSettings, runKubernetes } from "../../commands/wiring/kubernetes/platform.ts";
import { makeEffects } from "../../commands/wiring/make_effects.ts";
import { prefect1Dialect } from "../../commands/wiring/prefect1/dialect.ts";
import { kubernetesFlavour } from "../../flavours/kubernetes_agent/flavour.ts";
import {
  type KubernetesOptions,
  kubernetesRelease,
  parseKubernetesOptions,
} from "../../flavours/kubernetes_agent/options.ts";
import type { Log } from "../../schemas/contracts/log.ts";
import { launchOptionRows } from "../../schemas/kubernetes/launch_option_rows.ts";
import type { KubernetesPlan } from "../../schemas/kubernetes/plan.ts";
import { type LaunchSettings, launchSettings } from "../../schemas/options/launch_settings.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { defaultTemplateSettings } from "../../schemas/templates/template_options.ts";
import { type AgentProcess, clockOf, type Coverage, step } from "../agent_process.ts";
import {
  flavourWithPoison,
  keepState,
  NOTHING_TO_READ,
  type ProcessStart,
  settingsOf,
  startProcesses,
  stopRequests,
} from "../agents.ts";
import type { makePrefectApi } from "../prefect1/api.ts";
import { prefectHttp } from "../transports.ts";
import { diceOf } from "../world/dice.ts";
import type { KubeWorld } from "./cluster/faults.ts";
import {
  clockWithKubeBug,
  effectsWithKubeBug,
  httpWithKubeBug,
  keepJobsWithBug,
  launchingWithBug,
  type PlantedKubeBug,
  platformWithBug,
  randomWithBug,
} from "./planted_bugs.ts";
import { clusterWithBug } from "./cluster_bugs.ts";
import { type ClusterEnd, clusterHttp } from "./transports.ts";

/** What the agents of a world run in. */
export interface KubeGround {
  readonly world: KubeWorld;
  readonly api: ReturnType<typeof makePrefectApi>;
  readonly end: ClusterEnd;
  readonly coverage: Coverage;
  readonly bug: PlantedKubeBug | null;
}

/** Starts them. */
export function startKubeAgents(ground: KubeGround): void {
  startProcesses(ground, (start, process) => run(ground, start, process));
}

/** What one process runs. */
interface Running extends ProcessStart {
  readonly process: AgentProcess;
  readonly options: KubernetesOptions;
  readonly dialect: Dialect<FlowRun>;
  readonly launching: LaunchSettings;
}

/** Runs the program of `kubernetes start`. @returns how it ended */
async function run(ground: KubeGround, start: ProcessStart, process: AgentProcess): Promise<string> {
  const { scenario } = ground.world;
  const settings = settingsOf(start.setup);
  const keepJobs = keepJobsWithBug(ground.bug, scenario.keepJobs);
  const values = { namespace: start.setup.cluster, "keep-jobs": keepJobs };
  const options = parseKubernetesOptions({ values, pairs: [], env: {} }, settings);
  const dialect = prefect1Dialect(kubernetesRelease, settings, { values, env: {}, readText: () => null });
  const launching = launchingOf(ground);
  const output = await runAgent(programOf(ground, { ...start, process, options, dialect, launching }));
  return `ended: ${output.failure?.message ?? "in good order"}, left ${output.abandoned.length}`;
}

/** The defaults, but that starts take no longer than the world. */
function launchingOf({ world, bug }: KubeGround): LaunchSettings {
  const settings = launchSettings(launchOptionRows, { typed: {}, env: {} });
  const { policy } = settings;
  const deadlineMs = { ...policy.deadlineMs, start: world.scenario.startDeadlineMs };
  return launchingWithBug(bug, { ...settings, policy: { ...policy, deadlineMs } });
}

function programOf(
  ground: KubeGround,
  running: Running,
): AgentProgram<KubernetesOptions, FlowRun, KubernetesPlan> {
  const { setup, dialect, launching, process, options } = running;
  const { settings, pollTimeoutMs, pollPauseMs, maxTasks } = dialect;
  const { effects, scope } = effectsOf(ground, running);
  return {
    flavour: flavourWithPoison(kubernetesFlavour, ground.world, process),
    options,
    effects,
    policy: launching.policy,
    reconcileMs: launching.reconcilePeriodMs,
    maxPolls: settings.maxPolls,
    graceMs: settings.graceMs,
    pollTimeoutMs,
    pollPauseMs,
    maxTasks,
    owner: { agent: setup.name, scope },
    stop$: stopRequests(ground.world, running),
    poke$: NEVER,
    inspect: (event) => keepState(event, process),
    onEnded: ({ runId }) => {
      process.states.delete(runId);
      ground.world.history.add({ what: "left", run: runId, agent: running.id });
    },
  };
}

/** The effects as the agent's own wiring makes them; transports, clock and randomness are the simulation's. */
function effectsOf(
  { world, api, end, bug }: KubeGround,
  { id, setup, crashes, process, dialect, options, launching }: Running,
): { readonly effects: AgentEffects<FlowRun, KubernetesPlan>; readonly scope: string } {
  const { random } = diceOf(world.scenario.seed, id);
  const at = () => step(world, process, { crashes, at: "before a timer" });
  const clock = clockWithKubeBug(bug, clockOf(world, process, at));
  const deps = { world, process, crashes };
  const call = httpWithKubeBug(bug, prefectHttp(deps, api));
  const log: Log = (level, message, subject) => {
    const run = subject?.runId ?? null;
    if (process.isAlive) world.history.add({ what: "log", agent: id, run, text: `${level} ${message}` });
  };
  const ports = { call, clock, random, log, redact: makeRedactor() };
  const connected = {
    http: clusterWithBug(bug, clusterHttp(deps, end)),
    scope: `cluster/${setup.cluster}`,
  };
  const running = runKubernetes(clusterSettings(options), connected, {
    ...ports,
    random: randomWithBug(bug, random),
    env: {},
    readFile: () => Promise.reject(new Deno.errors.NotFound()),
    locate: (typed) => typed,
    forRuns: NOTHING_TO_READ,
    seen: { observe: unobserved, onTurn: () => undefined, limiters: () => undefined },
    unplacedText: dialect.unplacedText,
  });
  const platform = platformWithBug(bug, running.platform);
  const effects = makeEffects({
    ...ports,
    dialect,
    running: { ...running, platform },
    launching,
    observe: unobserved,
  });
  return { effects: effectsWithKubeBug(bug, effects, call), scope: running.scope };
}

function clusterSettings({ cluster }: KubernetesOptions): KubernetesSettings {
  return {
    cluster,
    templates: defaultTemplateSettings,
    judge: () => undefined,
    env: {},
    readText: () => null,
    locate: (typed) => typed,
  };
}
