/**
 * The agents of a world: the real program, started, killed and started again.
 *
 * @module
 */

import { NEVER, Subject } from "rxjs";
import type { InspectionEvent } from "xstate";
import { unobserved } from "../actors/observability/call_observer.ts";
import { runAgent } from "../agent/program.ts";
import { type OpenFlavour, openFlavour } from "../commands/wiring/flavours.ts";
import { makeEffects } from "../commands/wiring/make_effects.ts";
import type { AgentEvent } from "../schemas/flow_run/events.ts";
import { defaultLaunchOptions, type LaunchOptions } from "../schemas/options/launch_options.ts";
import { Secret } from "../schemas/secrets/secret.ts";
import type { AgentEffects } from "../agent/effects.ts";
import type { TypedOptions } from "../schemas/options/typed_options.ts";
import type { AgentSettings } from "../schemas/prefect1/config/settings.ts";
import { diceOf } from "./world/dice.ts";
import type { EcsWorld } from "./ecs/world.ts";
import { clockOf, type Coverage, type Doom, kill, type Life, step } from "./life.ts";
import type { makePrefectApi } from "./prefect1/api.ts";
import { type Plant, plantedClock, plantedEcs, plantedEffects, plantedHttp } from "./plants.ts";
import { awsClients, prefectHttp } from "./wires.ts";
import type { AgentSetup, Scenario } from "./world/scenario.ts";
import { elapsed, fault, isStormy, type World } from "./world/world.ts";

/** What agents stand on. */
export interface AgentGround {
  readonly world: World;
  readonly api: ReturnType<typeof makePrefectApi>;
  readonly ecs: EcsWorld;
  readonly coverage: Coverage;
  readonly plant: Plant | null;
}

/** Texts that must never be seen in a log. */
export const SECRETS = ["s3cret-of-the-agent", "s3cret-of-the-run", "s3cret-key"] as const;

/** Starts the agents of a world. @returns tells whether a life is busy */
export function startAgents(ground: AgentGround): readonly Life[] {
  const { world, coverage } = ground;
  const lives: Life[] = [];
  const doom: Doom = { left: world.scenario.crash.most, coverage };
  world.scenario.agents.forEach((setup, at) => {
    let life = 0;
    const start = () => {
      life++;
      const id = `a${at + 1}#${life}`;
      lives.push(startLife(ground, { id, setup, doom, again: start }));
    };
    world.time.after(setup.startMs, start);
  });
  return lives;
}

interface Birth {
  readonly id: string;
  readonly setup: AgentSetup;
  readonly doom: Doom;
  /** Starts the next life. */
  readonly again: () => void;
}

function startLife(ground: AgentGround, birth: Birth): Life {
  const { world } = ground;
  const { id, again } = birth;
  const restartMs = world.scenario.crash.downMs;
  const life: Life = {
    id,
    isAlive: true,
    skewMs: 0,
    steps: 0,
    states: new Map(),
    onDeath: () => {
      world.time.after(restartMs, again);
    },
  };
  world.history.add({ what: "agent", agent: id, happened: "started" });
  jump(world, life);
  // Whatever ends the program ends the process; somebody starts it again.
  run(ground, birth, life).then(
    (text) => ended(world, life, text),
    (thrown) => ended(world, life, `fell: ${thrown instanceof Error ? thrown.stack : String(thrown)}`),
  );
  return life;
}

function ended(world: World, life: Life, text: string): void {
  if (!life.isAlive) return;
  world.history.add({ what: "agent", agent: life.id, happened: text });
  kill(life);
}

/** Its clock goes wrong, and is put right when calm comes. */
function jump(world: World, life: Life): void {
  const now = elapsed(world);
  for (const { atMs, byMs } of world.scenario.jumps) {
    if (atMs < now) continue;
    world.time.after(atMs - now, () => {
      fault(world, "clockJump", `${life.id} by ${byMs} ms`, life.id);
      life.skewMs += byMs;
    });
  }
  if (world.scenario.calmMs > now) {
    world.time.after(world.scenario.calmMs - now, () => {
      life.skewMs = 0;
    });
  }
}

/** Runs the program of `ecs start` or `fargate start`. @returns how it ended */
function run(ground: AgentGround, birth: Birth, life: Life): Promise<string> {
  const { flavour } = ground.world.scenario;
  const settings = settingsOf(birth.setup);
  return openFlavour({ flavour, ...typedOptions(flavour, birth.setup) }, settings, {
    env: {},
    use: (open) => runProgram(ground, { ...birth, settings, life }, open),
  });
}

interface Process extends Birth {
  readonly settings: AgentSettings;
  readonly life: Life;
}

async function runProgram<Options>(
  ground: AgentGround,
  process: Process,
  open: OpenFlavour<Options>,
): Promise<string> {
  const { setup, settings, life } = process;
  const launching = launchOptionsOf(ground.world.scenario);
  const output = await runAgent({
    flavour: open.flavour,
    options: open.options,
    effects: effectsOf(ground, process, { open, launching }),
    policy: launching.policy,
    reconcileMs: launching.reconcilePeriodMs,
    maxPolls: settings.maxPolls,
    graceMs: settings.graceMs,
    pollTimeoutMs: 4 * settings.requestTimeoutMs,
    marker: { agent: setup.name, region: "us-east-1", cluster: open.cluster },
    stop$: stops(ground.world, life),
    poke$: NEVER,
    inspect: (event: InspectionEvent) => keepState(event, life),
    onEnded: ({ runId }: { readonly runId: string }) => life.states.delete(runId),
  });
  return `ended: ${output.failure?.message ?? "in good order"}, left ${output.abandoned.length}`;
}

interface Chosen<Options> {
  readonly open: OpenFlavour<Options>;
  readonly launching: LaunchOptions;
}

/** The effects of production: only the transports, the clock and the randomness are the simulation's, and the bug. */
function effectsOf<Options>(
  { world, api, ecs, plant }: AgentGround,
  { id, doom, life, settings }: Process,
  { open, launching }: Chosen<Options>,
): AgentEffects {
  const { random } = diceOf(world.scenario.seed, id);
  const clock = clockOf(world, life, () => step(world, life, { doom, at: "before a timer" }));
  const wiring = { world, life, doom };
  const call = plantedHttp(plant, prefectHttp(wiring, api));
  const aws = awsClients(wiring, ecs);
  const { effects } = makeEffects({
    open,
    settings,
    launching,
    log: (level, message) => {
      if (life.isAlive) world.history.add({ what: "log", agent: id, text: `${level} ${message}` });
    },
    io: { env: {} },
    seen: { observe: unobserved, onTurn: () => undefined, limiters: () => undefined },
    aws: { ...aws, ecs: plantedEcs(plant, aws.ecs) },
    call,
    clock: plantedClock(plant, clock),
    random,
  });
  return plantedEffects(plant, effects, call);
}

function keepState(event: InspectionEvent, life: Life): void {
  if (event.type !== "@xstate.snapshot") return;
  const { snapshot, actorRef } = event;
  const id = "id" in actorRef ? actorRef.id : null;
  if (typeof id !== "string" || id.length !== 36 || !("value" in snapshot)) return;
  if (snapshot.status !== "active") life.states.delete(id);
  else if (typeof snapshot.value === "string") life.states.set(id, snapshot.value);
}

/** Wishes to stop in good order. */
function stops(world: World, life: Life) {
  const wishes = new Subject<Extract<AgentEvent, { type: "stop.requested" | "stop.forced" }>>();
  for (const atMs of world.scenario.stops) {
    if (atMs < elapsed(world)) continue;
    world.time.after(atMs - elapsed(world), () => {
      if (!life.isAlive || !isStormy(world)) return;
      fault(world, "stop", life.id, life.id);
      wishes.next({ type: "stop.requested" });
    });
  }
  return wishes;
}

/** The defaults, but for the deadline of a start. */
function launchOptionsOf({ startDeadlineMs }: Scenario): LaunchOptions {
  const { policy } = defaultLaunchOptions;
  return {
    ...defaultLaunchOptions,
    policy: { ...policy, deadlineMs: { ...policy.deadlineMs, start: startDeadlineMs } },
  };
}

function settingsOf({ name }: AgentSetup): AgentSettings {
  return {
    backend: "cloud",
    apiUrl: "https://api.example",
    credential: { kind: "key", key: new Secret("s3cret-key"), tenantId: "tenant" },
    agentToken: null,
    name,
    labels: [],
    envVars: { AGENT_SECRET: "s3cret-of-the-agent" },
    maxPolls: null,
    agentAddress: null,
    agentConfigId: null,
    logLevel: "DEBUG",
    logFormat: "text",
    runLogLevel: "INFO",
    sendFlowRunLogs: true,
    requestTimeoutMs: 15_000,
    graceMs: 25_000,
    unhealthyAfterMs: 300_000,
  };
}

const NETWORK = "{'awsvpcConfiguration': {'subnets': ['subnet-1'], 'assignPublicIp': 'ENABLED'}}";

/** The command line of an agent. */
function typedOptions(flavour: Scenario["flavour"], { cluster }: AgentSetup): TypedOptions {
  if (flavour === "ecs") return { values: { cluster }, pairs: [], warnings: [] };
  return { values: {}, pairs: [["cluster", cluster], ["networkConfiguration", NETWORK]], warnings: [] };
}
