/**
 * The address of the health server, `http://host:port`.
 *
 * @module
 */

import { FailureError } from "../failure/failure.ts";

/** Where to listen. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

const HIGHEST_PORT = 65535;

/**
 * Takes an address apart; without a host it is every interface of this machine.
 *
 * @throws {FailureError} `configuration`, with the words of the originals when there is no port
 * @see Prefect 0.15.13, `agent/agent.py`; tests/golden/ecs/README.md §8
 */
export function parseAgentAddress(address: string): ListenAddress {
  const netloc = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(address)?.[1] ?? "";
  const parts = /^(?:.*@)?(\[[^\]]*\]|[^:]*):(\d+)$/.exec(netloc);
  const port = Number(parts?.[2] ?? 0);
  if (parts === null || port === 0 || port > HIGHEST_PORT) throw noPort();
  const hostname = (parts[1] ?? "").replace(/^\[|\]$/g, "");
  return { hostname: hostname === "" ? "0.0.0.0" : hostname, port };
}

function noPort(): FailureError {
  return new FailureError({
    tag: "configuration",
    field: "--agent-address",
    message:
      "Must specify port in agent address: --agent-address and PREFECT__CLOUD__AGENT__AGENT_ADDRESS take " +
      `http://host:port with a port from 1 to ${HIGHEST_PORT}`,
  });
}
