/**
 * Plans of the suite of platforms as ECS takes them, and ECS as the platform over any way to it.
 *
 * @module
 */

import type { EcsCalls } from "../../actors/ecs/calls.ts";
import { makeEcsPlatform } from "../../actors/ecs/platform.ts";
import { NO_LIMITS } from "../../schemas/ecs/aws_limits.ts";
import { FLOW_RUN_VARIABLE } from "../../schemas/ecs/task_owner.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { defaultPacingSettings } from "../../schemas/ecs/pacing_options.ts";
import type { Platform } from "../../schemas/contracts/platform.ts";
import type { Clock } from "../../schemas/time/clock.ts";
import type { Behaviour, PlatformWorld } from "./test_platform.ts";

/** Commands of the scripted images, by image. */
export const IMAGES: Readonly<Record<string, string>> = {
  "test/waits": "exec sleep 600",
  "test/ends": "exit 0",
  "test/fails": "exit 3",
};

const IMAGE_OF: Readonly<Record<Behaviour, string>> = {
  waits: "test/waits",
  endsWell: "test/ends",
  fails: "test/fails",
  noRoom: "test/waits",
};

/** Larger than the largest task that the local ECS finds a place for. */
const TOO_LARGE = { cpu: "8192", memory: "61440" };

/** A plan of the suite. */
export function ecsPlan(runId: string, behaviour: Behaviour): LaunchPlan {
  const size = behaviour === "noRoom" ? TOO_LARGE : { cpu: "256", memory: "512" };
  const family = `suite-${behaviour}`;
  const request = {
    family,
    networkMode: "awsvpc",
    ...size,
    requiresCompatibilities: ["FARGATE"],
    containerDefinitions: [{ name: "flow", image: IMAGE_OF[behaviour] }],
  };
  return {
    definition: { how: "byDigest", family, digest: behaviour, request },
    runTask: {
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      overrides: {
        containerOverrides: [{ name: "flow", environment: [{ name: FLOW_RUN_VARIABLE, value: runId }] }],
      },
    },
    taskLabel: "Task",
    sources: () => ({}),
    warnings: [],
    notes: [],
  };
}

/** A plan whose RunTask has a member that ECS does not know. */
export function badEcsPlan(runId: string): LaunchPlan {
  const plan = ecsPlan(runId, "waits");
  return { ...plan, runTask: { ...plan.runTask, networkConfigurations: {} } };
}

/** ECS as the platform, without limits and logs. */
export function ecsPlatform(ecs: EcsCalls, clock: Clock): Platform<LaunchPlan> {
  const { platform } = makeEcsPlatform({
    ecs,
    readLogTail: () => Promise.resolve([]),
    pacing: { ...defaultPacingSettings, limits: NO_LIMITS },
    onTurn: () => undefined,
    cluster: "default",
    unplacedText: (failures) => `Failures: ${JSON.stringify(failures)}`,
    clock,
    random: () => 0.5,
    log: () => undefined,
  });
  return platform;
}

/** The members of a world that are the same over every way to ECS. */
export function ecsWorld(
  ecs: EcsCalls,
  clock: Clock,
): Pick<PlatformWorld<LaunchPlan>, "platform" | "plan" | "badPlan" | "started" | "registered"> {
  const started = new Set<string>();
  const registered = new Set<string>();
  const counted: EcsCalls = {
    ...ecs,
    runTask: async (request, signal) => {
      const answer = await ecs.runTask(request, signal);
      for (const { arn } of answer.tasks) started.add(arn);
      return answer;
    },
    registerTaskDefinition: async (request, signal) => {
      const definition = await ecs.registerTaskDefinition(request, signal);
      registered.add(definition.arn);
      return definition;
    },
  };
  return {
    platform: ecsPlatform(counted, clock),
    plan: ecsPlan,
    badPlan: badEcsPlan,
    started: () => started.size,
    registered: () => registered.size,
  };
}
