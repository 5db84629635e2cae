/**
 * The agents of a world: the real program, started, killed and started again.
 *
 * @module
 */

import { NEVER, Subject } from "rxjs";
import type { InspectionEvent } from "xstate";
import { ecsFlavour } from "../flavours/ecs_agent/flavour.ts";
import { fargateFlavour } from "../flavours/fargate_agent/flavour.ts";
import { prefect1 } from "../actors/prefect1/orchestrator.ts";
import { runAgent } from "../agent/program.ts";
import { parseEcsOptions } from "../flavours/ecs_agent/options.ts";
import type { AgentEvent } from "../schemas/flow_run/events.ts";
import { parseFargateOptions } from "../flavours/fargate_agent/options.ts";
import { defaultLaunchPolicy, type LaunchPolicy } from "../schemas/flow_run/launch_policy.ts";
import { Secret } from "../schemas/secrets/secret.ts";
import type { AgentSettings } from "../schemas/prefect1/config/settings.ts";
import type { LogLevel } from "../schemas/observability/log_level.ts";
import { makeAgentEffects } from "./agent_effects.ts";
import { type Dice, diceOf } from "./world/dice.ts";
import type { EcsWorld } from "./ecs/world.ts";
import { clockOf, type Coverage, type Doom, kill, type Life, step } from "./life.ts";
import type { makePrefectApi } from "./prefect1/api.ts";
import { type Plant, plantedClock, plantedHttp } from "./plants.ts";
import { ecsCalls, prefectHttp } from "./wires.ts";
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

async function run(ground: AgentGround, { id, setup, doom }: Birth, life: Life): Promise<string> {
  const { world, api, ecs, plant } = ground;
  const { scenario } = world;
  const dice = diceOf(scenario.seed, id);
  const clock = plantedClock(
    plant,
    clockOf(world, life, () => step(world, life, { doom, at: "before a timer" })),
  );
  const log = (level: LogLevel, message: string) => {
    if (life.isAlive) world.history.add({ what: "log", agent: id, text: `${level} ${message}` });
  };
  const wiring = { world, life, doom };
  const call = plantedHttp(plant, prefectHttp(wiring, api));
  const settings = settingsOf(setup);
  const marker = { agent: setup.name, region: "us-east-1", cluster: setup.cluster };
  const orchestrator = prefect1({
    settings,
    agentType: scenario.flavour === "ecs" ? "ECSAgent" : "FargateAgent",
    coreVersion: scenario.flavour === "ecs" ? "1.4.1" : "0.15.13",
    clock,
    random: dice.random,
    call,
    log,
  });
  const effects = makeAgentEffects({
    ecs: ecsCalls(wiring, ecs),
    orchestrator,
    clock,
    random: dice.random,
    log,
    cluster: setup.cluster,
    call,
    plant,
  });
  const program = {
    effects,
    policy: policyOf(scenario),
    maxPolls: null,
    graceMs: settings.graceMs,
    pollTimeoutMs: 4 * settings.requestTimeoutMs,
    marker,
    stop$: stops(world, dice, life),
    poke$: NEVER,
    inspect: (event: InspectionEvent) => keepState(event, life),
    onEnded: ({ runId }: { readonly runId: string }) => life.states.delete(runId),
  };
  const output = scenario.flavour === "ecs"
    ? await runAgent({ ...program, flavour: ecsFlavour, options: ecsOptions(settings, setup) })
    : await runAgent({ ...program, flavour: fargateFlavour, options: fargateOptions(settings, setup) });
  return `ended: ${output.failure?.message ?? "in good order"}, left ${output.abandoned.length}`;
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
function stops(world: World, _dice: Dice, life: Life) {
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

function policyOf({ startDeadlineMs }: Scenario): LaunchPolicy {
  return {
    ...defaultLaunchPolicy,
    deadlineMs: { ...defaultLaunchPolicy.deadlineMs, start: startDeadlineMs },
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

function ecsOptions(settings: AgentSettings, { cluster }: AgentSetup) {
  return parseEcsOptions({ values: { cluster }, pairs: [], env: {} }, settings);
}

const NETWORK = "{'awsvpcConfiguration': {'subnets': ['subnet-1'], 'assignPublicIp': 'ENABLED'}}";

function fargateOptions(settings: AgentSettings, { cluster }: AgentSetup) {
  const pairs = [["cluster", cluster], ["networkConfiguration", NETWORK]] as const;
  return parseFargateOptions({ values: {}, pairs, env: {} }, settings);
}
