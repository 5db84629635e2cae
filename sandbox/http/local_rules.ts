/**
 * Whom the servers of the sandbox answer: programs of this machine, and their own pages.
 *
 * @module
 */

import type { GuardRules } from "../../schemas/guard/guard.ts";

/**
 * The rules of a server that listens on loopback.
 *
 * @param who begins the sentence that refuses others, such as `The local ECS`
 * @param bodyBytes largest body that it reads
 */
export function localRules(who: string, bodyBytes: number): GuardRules {
  return {
    host: { names: ["localhost"], addresses: "loopback", port: null },
    bodyBytes,
    links: "followed",
    hostRefusal: { status: 403, message: `${who} answers requests to 127.0.0.1 and localhost only` },
  };
}
