/**
 * Connections to the Prefect 3 API by its settings: requests and sockets trust the same authorities and use the same proxy.
 *
 * @module
 */

import type { ApiSettings } from "../../schemas/prefect3/settings/worker_settings.ts";
import { type HttpCall, readAuthority } from "../http/http.ts";
import { type KeptHttp, makeKeptHttp } from "../http/kept_http.ts";
import { makeRenewedHttp } from "../http/renewed_http.ts";
import { MOST_UNDER_WAY } from "./requests/gate.ts";

/** What opening needs. */
export interface ApiHttpOptions {
  readonly settings: Pick<ApiSettings, "url" | "certFile" | "skipVerify" | "http2">;
  /** The process environment, for proxies. */
  readonly env: Readonly<Record<string, string>>;
  /** Reads a text file, throws when that is not possible. */
  readonly readFile: (path: string) => string;
}

/** The connections. */
export interface ApiHttp {
  readonly call: HttpCall;
  /** Open the connections of sockets. */
  readonly agents: KeptHttp["agents"];
  /** Ends them all. */
  readonly close: () => void;
}

/**
 * Opens nothing yet. HTTP/2 is spoken only where it is asked for and certificates are those that the runtime knows.
 *
 * @throws {FailureError} `configuration` for a file of authorities that cannot be read
 */
export function openApiHttp({ settings, env, readFile }: ApiHttpOptions): ApiHttp {
  const { url, certFile, skipVerify, http2 } = settings;
  const authorities = certFile === null || skipVerify
    ? null
    : readAuthority("PREFECT_API_SSL_CERT_FILE", certFile, readFile);
  const kept = makeKeptHttp({ env, authorities, skipVerify, most: MOST_UNDER_WAY });
  const speaksHttp2 = http2 && /^https:/i.test(url) && authorities === null && !skipVerify;
  if (!speaksHttp2) return kept;
  const renewed = makeRenewedHttp();
  const close = () => {
    renewed.close();
    kept.close();
  };
  return { call: renewed.call, agents: kept.agents, close };
}
