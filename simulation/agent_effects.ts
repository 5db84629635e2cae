/**
 * The effects of a simulated agent: the real ones, over ports into the simulated world.
 *
 * @module
 */

import { checkPlan } from "../actors/ecs/check_plan.ts";
import { makeDeregister } from "../actors/ecs/deregister_task_definition.ts";
import type { EcsCalls } from "../actors/ecs/calls.ts";
import { makeTaskDefinitions } from "../actors/ecs/ensure_task_definition.ts";
import { holdLaunches } from "../actors/ecs/hold_launches.ts";
import type { HttpCall } from "../actors/http/http.ts";
import type { Log } from "../schemas/contracts/log.ts";
import type { Orchestrator, Recovery } from "../schemas/contracts/orchestrator.ts";
import { pacedEcsCalls } from "../actors/ecs/paced_calls.ts";
import { makeRunTask } from "../actors/ecs/run_task.ts";
import { makeTaskEffects } from "../actors/watch/task_effects.ts";
import type { AgentEffects } from "../agent/effects.ts";
import { DOCUMENTED_LIMITS } from "../schemas/ecs/aws_limits.ts";
import type { Clock, Random } from "../schemas/time/clock.ts";
import { type Plant, plantedEcs, plantedEffects, plantedOrchestrator } from "./plants.ts";

/** The ports of one process. */
export interface Ports {
  /** Before pacing. */
  readonly ecs: EcsCalls;
  readonly orchestrator: Orchestrator & Recovery;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly cluster: string;
  /** HTTP to the Prefect API. */
  readonly call: HttpCall;
  readonly plant: Plant | null;
}

/** What the agent under test can do; the checker asks no more of it. */
export const ABILITIES = { watch: true, recovery: true } as const;

/** Makes the effects. */
export function makeAgentEffects(ports: Ports): AgentEffects {
  const { clock, random, log, plant, call } = ports;
  const orchestrator = plantedOrchestrator(plant, ports.orchestrator, call);
  const { calls: ecs } = pacedEcsCalls(plantedEcs(plant, ports.ecs), { limits: DOCUMENTED_LIMITS, clock });
  const definitions = makeTaskDefinitions({ ecs, clock, log });
  return plantedEffects(plant, {
    orchestrator,
    readSource: () => Promise.resolve({ kind: "json", value: { subnets: ["subnet-1"] } }),
    checkPlan,
    ensureTaskDefinition: definitions.ensure,
    runTask: holdLaunches(makeRunTask({ ecs, definitions }), { clock, log }).launch,
    deregisterTaskDefinition: makeDeregister({ ecs, clock, random, log }),
    ...makeTaskEffects({ ecs, orchestrator, clock, log }),
    clock,
    random,
    log,
  });
}
