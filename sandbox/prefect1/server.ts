/**
 * The sandbox's Prefect-1-compatible API: GraphQL over HTTP on loopback, data in one SQLite file.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { systemClock } from "../../actors/time/system_clock.ts";
import { serveGuarded } from "../../actors/guard/serve_guarded.ts";
import { newToken } from "../../schemas/guard/token.ts";
import { makePrivateDatabase, makePrivateFolder } from "../private/private_files.ts";
import { API_RULES, serve } from "./http.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { openStore } from "./store/store.ts";
import { defaultTenant } from "./tenancy.ts";

/** How to start the API. */
export interface ApiOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of the data file, made when missing; `:memory:` keeps nothing. */
  readonly dataDir: string;
  /** Whoever has it is answered. @default a fresh one of 128 random bits */
  readonly apiKey?: string;
  /** Takes a line for each request that was refused. */
  readonly log: (line: string) => void;
  /**
   * Where times of rows and due times come from.
   *
   * @default the clock of this machine
   */
  readonly clock?: Clock;
  /** For the names of runs. */
  readonly random: Random;
  /**
   * Whether claims are locked to versions where a flow group's `settings.version_locking_enabled` does not say.
   *
   * @default true
   */
  readonly versionLocking?: boolean;
  /** Told of every answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** A running API. */
export interface SandboxApi {
  /** Base URL without a slash at the end. */
  readonly url: string;
  readonly apiKey: string;
  /** Stops listening and closes the data file. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the API.
 *
 * @throws when the port is taken or the folder cannot be written
 */
export async function startApi(options: ApiOptions): Promise<SandboxApi> {
  const store = openStore({
    path: await dataFile(options.dataDir),
    clock: options.clock ?? systemClock,
    newId: () => crypto.randomUUID(),
  });
  const call = {
    store,
    tenantId: defaultTenant(store),
    versionLocking: options.versionLocking ?? true,
    random: options.random,
  };
  const { log, onRequest, apiKey = newToken() } = options;
  const serving = { call, apiKey, log, ...(onRequest === undefined ? {} : { onRequest }) };
  const server = serveGuarded({
    hostname: "127.0.0.1",
    port: options.port,
    rules: () => API_RULES,
    answer: (request) => serve(serving, request),
  });
  const close = async () => {
    await server[Symbol.asyncDispose]();
    store.close();
  };
  return { url: `http://127.0.0.1:${server.port}`, apiKey, close };
}

async function dataFile(folder: string): Promise<string> {
  if (folder === ":memory:") return folder;
  const path = join(folder, "prefect.sqlite");
  await makePrivateFolder(folder);
  await makePrivateDatabase(path);
  return path;
}
