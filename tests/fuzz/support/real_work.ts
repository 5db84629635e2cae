/**
 * Work that takes real time whatever a fake clock says: the AWS SDK imports its clients, reads files and streams answers.
 * An hour on the fake clock is over before one client is imported, so that clock must stand still meanwhile.
 *
 * @module
 */

import type { AwsClients } from "../../../actors/ecs/clients.ts";
import type { HttpCall } from "../../../actors/http/http.ts";
import { settle } from "../../support/clock.ts";

/** The clients as a case uses them. */
export type WorkingClients = Pick<AwsClients, "ecs" | "readS3Object" | "readDefaultSubnets">;

/** Counts who works, and waits for them. */
export interface RealWork {
  /** The same clients; whatever they do beside waiting for an answer is work. */
  readonly within: (aws: WorkingClients) => WorkingClients;
  /** The way to the network that those clients were given: who waits there waits for the fake clock. */
  readonly outside: (call: HttpCall) => HttpCall;
  /** Lets everything that is ready run, until nobody works any more. */
  readonly settled: () => Promise<void>;
}

/** Longer than any work takes: after that the clock goes on, and the check of the case tells that nothing ended. */
const PATIENCE_MS = 30_000;

/** Nobody at work. */
export function makeRealWork(): RealWork {
  let working = 0;
  const counted = async <R>(by: number, call: () => Promise<R>): Promise<R> => {
    working += by;
    try {
      return await call();
    } finally {
      working -= by;
    }
  };
  return {
    within: ({ ecs, readS3Object, readDefaultSubnets }) => ({
      ecs: eachOf(ecs, (call) => counted(1, call)),
      ...eachOf({ readS3Object, readDefaultSubnets }, (call) => counted(1, call)),
    }),
    outside: (call) => (request) => counted(-1, () => call(request)),
    settled: async () => {
      const end = performance.now() + PATIENCE_MS;
      do await settle(); while (working > 0 && performance.now() < end);
    },
  };
}

/** The same calls, each made by `by`. */
function eachOf<C extends object>(calls: C, by: (call: () => Promise<unknown>) => Promise<unknown>): C {
  const made = Object.entries(calls).map(([name, call]) =>
    [name, (...args: unknown[]) => by(() => call(...args))] as const
  );
  return Object.fromEntries(made) as C;
}
