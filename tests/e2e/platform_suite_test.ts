/** ECS passes the suite of platforms end to end: the AWS SDK's client against the sandbox's ECS on loopback. @module */

import { makeRedactor } from "../../schemas/secrets/redact.ts";
import { makeAwsClients } from "../../actors/ecs/clients.ts";
import { makeHttp } from "../../actors/http/http.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { startEcs } from "../../sandbox/aws/server.ts";
import { awsVariables } from "../../sandbox/environment.ts";
import type { LaunchPlan } from "../../schemas/ecs/launch_plan.ts";
import { ecsWorld, IMAGES } from "../support/ecs_platform_world.ts";
import { type PlatformWorld, testPlatform } from "../support/test_platform.ts";

const SCRIPTED = Object.fromEntries(
  Object.entries(IMAGES).map(([image, command]) => [
    image,
    () => ({ argv: ["/bin/sh", "-c", command], environment: {} }),
  ]),
);

testPlatform<LaunchPlan>("ECS of the sandbox", async () => {
  const server = await startEcs({
    port: 0,
    dataDir: null,
    imageExec: [],
    builtIn: SCRIPTED,
    pace: { provisioningMs: 10, pendingMs: 10, deprovisioningMs: 10 },
    limits: "none",
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
  });
  const env = awsVariables({ ecsUrl: server.url, accessKeyId: server.accessKeyId });
  const http = makeHttp({ env, readFile: () => "", caVariables: [] });
  const aws = await makeAwsClients({ env, http: http.call, clock: systemClock, redact: makeRedactor() });
  const world: PlatformWorld<LaunchPlan> = {
    ...ecsWorld(aws.ecs, systemClock),
    pass: () => new Promise((resolve) => setTimeout(resolve, 25)),
    close: async () => {
      aws.close();
      http.close();
      await server.close();
    },
  };
  return world;
});
