/**
 * AWS clients for a command that asks a few calls and ends.
 *
 * @module
 */

import { type AwsClientOptions, type AwsClients, makeAwsClients } from "../../../actors/ecs/clients.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import { pause } from "../../../actors/time/pause.ts";
import type { Io } from "../io.ts";
import { openHttp } from "../open_http.ts";
import { systemPorts } from "../system_ports.ts";

/** Options of the clients that a user may set; the rest is the program's own. */
export type GivenAwsOptions = Omit<AwsClientOptions, "env" | "http" | "clock" | "redact">;

/** What the work of {@link withAws} gets. */
export interface AwsSession {
  readonly aws: AwsClients;
  /** Back-off between sendings of one request; `retry` counts from 0. */
  readonly pause: (retry: number, signal: AbortSignal) => Promise<void>;
}

/** Opens clients, does the work, and always closes them. */
export async function withAws<T>(
  { given, io, log }: { readonly given: GivenAwsOptions; readonly io: Io; readonly log: Log },
  work: (session: AwsSession) => Promise<T>,
): Promise<T> {
  const http = openHttp(io);
  for (const warning of http.warnings) log("WARNING", warning);
  const aws = await makeAwsClients({
    env: io.env,
    http: http.call,
    clock: systemPorts.clock,
    redact: io.redact,
    ...given,
  });
  try {
    return await work({
      aws,
      pause: (retry, signal) => pause({ retry, atLeastMs: 0 }, systemPorts, signal),
    });
  } finally {
    aws.close();
    http.close();
  }
}
