/** ECS passes the suite of platforms against the sandbox's account in memory. @module */

import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import { makeEcsClientCalls } from "../../../actors/ecs/client.ts";
import { refusedCall } from "../../../actors/aws/failure.ts";
import { dispatch } from "../../../sandbox/ecs/dispatch.ts";
import type { LaunchPlan } from "../../../schemas/ecs/launch_plan.ts";
import { type LocalAccount, localAccount, type Puppet } from "../../sandbox/support/local_account.ts";
import { ecsWorld, IMAGES } from "../../support/ecs_platform_world.ts";
import { type PlatformWorld, testPlatform } from "../../support/test_platform.ts";

testPlatform<LaunchPlan>("ECS in memory", () => {
  const account = localAccount();
  const playContainers = player(account);
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

function callsOf({ world }: LocalAccount): EcsCalls {
  const calls = makeEcsClientCalls((call, input) => {
    const reply = dispatch(world, call.operation, { region: "eu-west-1", input });
    if (reply.kind !== "answered") return Promise.reject(new Error(`the account is ${reply.kind}`));
    if (reply.status === 200) return Promise.resolve(reply.body);
    const { __type: code, message } = reply.body;
    const refusal = { code: String(code), text: String(message), status: reply.status, resourceIds: [] };
    return Promise.reject(refusedCall(refusal, call));
  }, makeRedactor());
  return { ...calls, findDefinitionsByTag: () => Promise.resolve([]) };
}

/** Lets each container do, once, what its image says. */
function player({ puppets }: LocalAccount): () => void {
  const ended = new Set<Puppet>();
  return () => {
    for (const puppet of puppets.filter((one) => !ended.has(one))) {
      const code = exitCodeOf(puppet);
      if (code === null) continue;
      ended.add(puppet);
      puppet.exit(code);
    }
  };
}

/** Null: it goes on. */
function exitCodeOf({ start, signals }: Puppet): number | null {
  const code = /^exit (\d)$/.exec(IMAGES[start.image] ?? "")?.[1];
  if (code !== undefined) return Number(code);
  return signals.length > 0 ? 143 : null;
}
