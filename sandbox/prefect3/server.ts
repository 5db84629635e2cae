/**
 * The sandbox's Prefect 3 API: REST and websockets on loopback, data in one SQLite file.
 *
 * @module
 */

import { join } from "node:path";
import { serveGuarded } from "../../actors/guard/serve_guarded.ts";
import { newToken } from "../../schemas/guard/token.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { makePrivateDatabase, makePrivateFolder } from "../private/private_files.ts";
import { type CleanupQueue, makeCleanupQueue } from "./channel/cleanup_queue.ts";
import { makeChannelHub } from "./channel/hub.ts";
import { workerChannel } from "./channel/worker_channel.ts";
import { makeEventHub } from "./events/event_hub.ts";
import { eventsIn, eventsOut } from "./events/event_sockets.ts";
import { API_RULES, pathOf, serve } from "./serve.ts";
import { startServices, sweep } from "./services.ts";
import { openStore } from "./store/store.ts";
import { SERVER_PERIODS, type ServerPeriods, type Serving } from "./wire/serving.ts";
import { openSocket, type Peer, type PeerListener } from "./wire/socket.ts";

/** How to start the API. */
export interface Prefect3Options {
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of the data file, made when missing; `:memory:` keeps nothing. */
  readonly dataDir: string;
  /** Whoever has it is answered. @default a fresh one of 128 random bits */
  readonly key?: string;
  /** Takes a line for each route that the API does not have. */
  readonly log: (line: string) => void;
  readonly clock: Clock;
  /** For the names of runs. */
  readonly random: Random;
  /** Times that differ from those of a real server. */
  readonly periods?: Partial<ServerPeriods>;
  /** Told of every answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** A running API. */
export interface Prefect3Api {
  /** What `PREFECT_API_URL` is set to. */
  readonly url: string;
  /** What `PREFECT_API_AUTH_STRING` is set to. */
  readonly key: string;
  /** Stops listening and closes the data file. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the API.
 *
 * @throws when the port is taken or the folder cannot be written
 */
export async function startPrefect3(options: Prefect3Options): Promise<Prefect3Api> {
  const { clock, random, log, key = newToken(), onRequest } = options;
  const store = openStore({ path: await dataFile(options.dataDir), clock });
  const serving: Serving = {
    ...{ store, clock, random, log },
    periods: { ...SERVER_PERIODS, ...options.periods },
    events: makeEventHub({ store, log }),
    channels: makeChannelHub(),
  };
  const cleanups = makeCleanupQueue(serving);
  const sockets = new Set<WebSocket>();
  const http = { serving, key, ...(onRequest === undefined ? {} : { onRequest }) };
  const server = serveGuarded({
    hostname: "127.0.0.1",
    port: options.port,
    rules: () => API_RULES,
    answer: (request) =>
      isSocket(request) ? socket(request, { serving, cleanups, key, sockets }) : serve(http, request),
  });
  sweep(serving, cleanups);
  const endServices = startServices(serving, cleanups);
  const close = async () => {
    endServices();
    for (const open of sockets) open.close();
    await server[Symbol.asyncDispose]();
    store.close();
  };
  return { url: `http://127.0.0.1:${server.port}/api`, key, close };
}

async function dataFile(folder: string): Promise<string> {
  if (folder === ":memory:") return folder;
  const path = join(folder, "prefect3.sqlite");
  await makePrivateFolder(folder);
  await makePrivateDatabase(path);
  return path;
}

function isSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

interface Sockets {
  readonly serving: Serving;
  readonly cleanups: CleanupQueue;
  readonly key: string;
  readonly sockets: Set<WebSocket>;
}

/** Paths of sockets. */
export const SOCKET_ROUTES = ["/events/in", "/events/out", "/work_pools/:pool/workers/connect"] as const;

/** Sockets that are open at a time. */
const MOST_SOCKETS = 1000;

function socket(request: Request, { serving, cleanups, key, sockets }: Sockets): Response {
  const opened = listenerOf(pathOf(request) ?? "", { serving, cleanups });
  if (opened === null) {
    serving.log(
      `prefect3: 404 websocket ${new URL(request.url).pathname.slice(0, 200)}: the sandbox has no such route`,
    );
    return new Response("Not Found\n", { status: 404 });
  }
  if (sockets.size >= MOST_SOCKETS) return new Response("Too many sockets are open\n", { status: 503 });
  return openSocket(request, {
    key,
    ...opened,
    ...{ path: pathOf(request) ?? "", log: serving.log },
    keep: (one) => {
      sockets.add(one);
      one.addEventListener("close", () => sockets.delete(one));
    },
  });
}

function listenerOf(
  path: string,
  { serving, cleanups }: Pick<Sockets, "serving" | "cleanups">,
): { readonly open: (peer: Peer) => PeerListener; readonly authReason?: string } | null {
  if (path === "/events/in") return { open: (peer) => eventsIn(serving, peer) };
  if (path === "/events/out") return { open: (peer) => eventsOut(serving, peer) };
  const encoded = /^\/work_pools\/([^/]+)\/workers\/connect$/.exec(path)?.[1];
  const poolName = encoded === undefined ? null : decoded(encoded);
  if (poolName === null) return null;
  return {
    open: (peer) => workerChannel({ serving, cleanups, poolName }, peer),
    authReason: "authentication_failed",
  };
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
