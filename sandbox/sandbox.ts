/**
 * The whole sandbox: the Prefect-1-compatible API, the Prefect 3 API, the local ECS and a Kubernetes cluster over one folder.
 *
 * @module
 */

import { join } from "node:path";
import { quote } from "shlex";
import type { Clock, Random } from "../schemas/time/clock.ts";
import { FailureError } from "../schemas/failure/failure.ts";
import { startApi } from "./prefect1/server.ts";
import { startPrefect3 } from "./prefect3/server.ts";
import { demoImages } from "./containers/demo_image.ts";
import { startEcs } from "./aws/server.ts";
import type { FaultPlan } from "./ecs/faults.ts";
import type { Pace } from "./ecs/lifecycle.ts";
import type { LimitChoice } from "./ecs/limits.ts";
import type { ImageExec } from "./containers/image_exec.ts";
import {
  awsVariables,
  clusterVariables,
  kubeconfigFile,
  prefect3Variables,
  prefectVariables,
} from "./environment.ts";
import type { CountedRequest } from "./http/request_counts.ts";
import type { LocalCluster } from "./kubernetes/server.ts";
import { keptCredentials, type SandboxCredentials } from "./private/credentials.ts";
import { makePrivateFolder, writePrivateFile } from "./private/private_files.ts";

/** How the sandbox is started. */
export interface SandboxOptions {
  /** 0: a free one. */
  readonly apiPort: number;
  /** 0: a free one. */
  readonly prefect3Port: number;
  /** 0: a free one. */
  readonly ecsPort: number;
  /** 0: a free one; null: there is no cluster. */
  readonly kubernetesPort: number | null;
  /** Folder of everything that is kept; made when missing. */
  readonly dataDir: string;
  readonly imageExec: readonly ImageExec[];
  readonly limits: LimitChoice;
  readonly faults?: FaultPlan;
  readonly pace?: Pace;
  /** Path of this very Deno, for the built-in image. */
  readonly deno: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (line: string) => void;
  readonly onRequest?: (request: CountedRequest) => void;
}

/** A sandbox that listens. */
export interface Sandbox extends SandboxCredentials {
  readonly apiUrl: string;
  /** Of the Prefect 3 API; ends in `/api`. */
  readonly prefect3Url: string;
  readonly ecsUrl: string;
  /** Resolves once the cluster listens, a moment after the rest; rejects where it cannot; null: there is none. */
  readonly cluster: Promise<LocalCluster> | null;
  /** Ends all servers and every task. */
  readonly close: () => Promise<void>;
}

function startLocalEcs(options: SandboxOptions, accessKeyId: string) {
  const { ecsPort, dataDir, imageExec, limits, clock, random, log, faults, pace, onRequest } = options;
  return startEcs({
    port: ecsPort,
    accessKeyId,
    dataDir,
    imageExec,
    limits,
    clock,
    random,
    log,
    builtIn: demoImages(options),
    ...(faults === undefined ? {} : { faults }),
    ...(pace === undefined ? {} : { pace }),
    ...(onRequest === undefined ? {} : { onRequest }),
  });
}

/** Says which option is to be changed when a server cannot listen. */
async function listening<Server>(option: string, port: number, server: Promise<Server>): Promise<Server> {
  try {
    return await server;
  } catch (thrown) {
    if (thrown instanceof FailureError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const message =
      `Cannot listen on port ${port} (--${option}): ${why}; choose another port, or 0 for a free one`;
    throw new FailureError({ tag: "configuration", field: `--${option}`, message }, { cause: thrown });
  }
}

/** Makes the folder and the credentials in it. */
async function makeFolder({ dataDir, log }: SandboxOptions): Promise<SandboxCredentials> {
  try {
    const warning = await makePrivateFolder(dataDir);
    if (warning !== null) log(warning);
    return await keptCredentials(dataDir);
  } catch (thrown) {
    if (thrown instanceof FailureError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `Cannot make the data folder ${dataDir} (--data): ${why}`;
    throw new FailureError({ tag: "configuration", field: "--data", message }, { cause: thrown });
  }
}

/** Path of the file with all variables, which a shell reads with `.`; only its owner may read it. */
export function environmentFile(dataDir: string): string {
  return join(dataDir, "environment.sh");
}

function environmentText(sandbox: Sandbox, { dataDir }: SandboxOptions): string {
  const variables = Object.entries({
    ...prefectVariables(sandbox),
    ...prefect3Variables(sandbox),
    ...awsVariables(sandbox),
    ...(sandbox.cluster === null ? {} : clusterVariables(kubeconfigFile(dataDir))),
  });
  return variables.map(([name, value]) => `export ${name}=${quote(value)}\n`).join("");
}

/** The cluster needs a certificate, which takes a moment to make: nothing else waits for it. */
function startLocalCluster(options: SandboxOptions): Promise<LocalCluster> | null {
  const { kubernetesPort: port, dataDir, imageExec, clock, random, onRequest } = options;
  if (port === null) return null;
  const start = async () => {
    const { startCluster } = await import("./kubernetes/server.ts");
    const kubeconfig = kubeconfigFile(dataDir);
    const common = { port, dataDir, kubeconfig, imageExec, builtIn: demoImages(options), clock, random };
    return await startCluster({ ...common, ...(onRequest === undefined ? {} : { onRequest }) });
  };
  const cluster = listening("kubernetes-port", port, start());
  // Whoever awaits it is told; until then it is no unhandled rejection.
  cluster.catch(() => undefined);
  return cluster;
}

async function closeCluster(cluster: Promise<LocalCluster> | null): Promise<void> {
  const [started] = await Promise.allSettled([cluster]);
  if (started.status === "fulfilled") await started.value?.close();
}

/** Starts the APIs of both generations. */
async function startApis(
  options: SandboxOptions,
  apiKey: string,
): Promise<Pick<Sandbox, "apiUrl" | "prefect3Url" | "close">> {
  const { apiPort, prefect3Port, dataDir, clock, random, log, onRequest } = options;
  const common = { dataDir, clock, random, log, ...(onRequest === undefined ? {} : { onRequest }) };
  const api = await listening("api-port", apiPort, startApi({ ...common, port: apiPort, apiKey }));
  try {
    const starting = startPrefect3({ ...common, port: prefect3Port, key: apiKey });
    const prefect3 = await listening("prefect3-port", prefect3Port, starting);
    const close = async () => {
      await prefect3.close();
      await api.close();
    };
    return { apiUrl: api.url, prefect3Url: prefect3.url, close };
  } catch (thrown) {
    await api.close();
    throw thrown;
  }
}

/**
 * Starts all of it.
 *
 * @throws {FailureError} `configuration` when a port is taken, the folder cannot be made or another sandbox uses it
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dataDir } = options;
  const { accessKeyId, apiKey } = await makeFolder(options);
  const ecs = await listening("ecs-port", options.ecsPort, startLocalEcs(options, accessKeyId));
  try {
    const { apiUrl, prefect3Url, close: closeApis } = await startApis(options, apiKey);
    const cluster = startLocalCluster(options);
    const close = async () => {
      await Promise.all([ecs.close(), closeCluster(cluster)]);
      await closeApis();
    };
    const sandbox = { apiUrl, prefect3Url, apiKey, ecsUrl: ecs.url, accessKeyId, cluster, close };
    await writePrivateFile(environmentFile(dataDir), environmentText(sandbox, options));
    return sandbox;
  } catch (thrown) {
    await ecs.close();
    throw thrown;
  }
}
