/** ECS passes the suite of platforms against the sandbox's account in memory. @module */

import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { localAccount } from "../../sandbox/support/local_account.ts";
import { callsOf, playerOf } from "../../support/aws/ecs_in_memory.ts";
import { ecsWorld } from "../../support/ecs_platform_world.ts";
import { type PlatformWorld, testPlatform } from "../../support/test_platform.ts";

testPlatform<LaunchPlan>("ECS in memory", () => {
  const account = localAccount();
  const playContainers = playerOf(account);
  const world: PlatformWorld<LaunchPlan> = {
    ...ecsWorld(callsOf(account), account.clock),
    pass: async () => {
      await account.clock.advance(100);
      playContainers();
    },
    close: () => Promise.resolve(),
  };
  return Promise.resolve(world);
});
