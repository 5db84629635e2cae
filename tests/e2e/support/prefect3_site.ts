/**
 * A real Prefect 3 server, the local ECS whose tasks execute flows with the real runtime, and workers between them.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { systemClock } from "../../../actors/time/system_clock.ts";
import { parseImageExec } from "../../../sandbox/containers/image_exec.ts";
import { awsVariables } from "../../../sandbox/environment.ts";
import { startEcs } from "../../../sandbox/aws/server.ts";
import { startAgent } from "./agent_process.ts";
import type { Process } from "./process.ts";
import { type Prefect3Server, startEmbeddedServer, startPrefect3Server } from "./prefect3_server.ts";

/** One request that the local ECS answered. */
export interface EcsRequest {
  readonly operation: string;
  readonly body: string;
  readonly status: number;
  /** In milliseconds since 1970. */
  readonly atMs: number;
}

/** The whole site. */
export interface Prefect3Site {
  readonly server: Prefect3Server;
  /** Every request to AWS so far. */
  readonly aws: readonly EcsRequest[];
  /** RunTask requests that started a task for this run. */
  readonly launches: (runId: string) => readonly EcsRequest[];
  /** Environment of a worker, the stock one or ours. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startWorker: (words: readonly string[], env?: Readonly<Record<string, string>>) => Process;
}

/** Image whose containers run the real runtime. */
export const FLOW_IMAGE = "example/flow:3";

/** What a pool of this site says beside the default template. */
export const POOL_VARIABLES = { image: FLOW_IMAGE, cpu: 256, memory: 512 } as const;

/** Which server: Prefect itself, or that of the sandbox. */
export type ServerKind = "real" | "embedded";

/** How a site differs from the usual one. */
export interface SiteOptions {
  /** @default "real" */
  readonly kind?: ServerKind;
  /** Settings of the real one. */
  readonly server?: Readonly<Record<string, string>>;
  /** Python that containers run; a stand-in for the runtime. @default the server's */
  readonly imageExec?: string;
}

/** Opens a site for as long as `work` takes. */
export async function withPrefect3Site(
  python: string,
  work: (site: Prefect3Site) => Promise<unknown>,
  { server: serverEnv = {}, imageExec, kind = "real" }: SiteOptions = {},
): Promise<void> {
  const server = kind === "real"
    ? await startPrefect3Server(python, serverEnv)
    : await startEmbeddedServer(python, { loop: 2 });
  const aws: EcsRequest[] = [];
  const started: Process[] = [];
  const bin = dirname(python);
  const ecs = await startEcs({
    port: 0,
    dataDir: join(server.home, "ecs"),
    imageExec: [parseImageExec(imageExec ?? `example/*=env PATH=${bin}:/usr/bin:/bin`)],
    log: () => {},
    clock: systemClock,
    random: Math.random,
    limits: "none",
    onRequest: ({ operation, body, status }) => aws.push({ operation, body, status, atMs: Date.now() }),
  });
  const environment = {
    HOME: server.home,
    PATH: `${bin}:/usr/bin:/bin`,
    PREFECT_API_URL: server.url,
    ...server.access,
    ...awsVariables({ ecsUrl: ecs.url, accessKeyId: ecs.accessKeyId }),
  };
  try {
    await work({
      server,
      aws,
      launches: (runId) =>
        aws.filter(({ operation, status, body }) =>
          operation === "RunTask" && status === 200 && body.includes(runId)
        ),
      environment,
      startWorker: (words, env = {}) => {
        const worker = startAgent(["worker", "start", ...words], { ...environment, ...env });
        started.push(worker);
        return worker;
      },
    });
  } finally {
    for (const worker of started) worker.signal("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
    await ecs.close();
    await server.close();
  }
}
