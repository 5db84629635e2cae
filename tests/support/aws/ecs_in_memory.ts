/** The sandbox's account as the calls of an agent, and the containers of its tasks as tests play them. @module */

import type { EcsCalls } from "../../../actors/ecs/calls.ts";
import { makeEcsClientCalls } from "../../../actors/ecs/client.ts";
import { refusedCall } from "../../../actors/aws/failure.ts";
import { dispatch } from "../../../sandbox/ecs/dispatch.ts";
import { makeRedactor } from "../../../schemas/secrets/redact.ts";
import type { LocalAccount } from "../../sandbox/support/local_account.ts";
import type { Puppet } from "../../sandbox/support/puppets.ts";
import { IMAGES } from "../ecs_platform_world.ts";

/** Calls to the account, in its region `eu-west-1`; a search by tags finds nothing. */
export function callsOf({ world }: LocalAccount): EcsCalls {
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
export function playerOf({ puppets }: LocalAccount): () => void {
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
