/**
 * The local ECS: a stand-in for Amazon ECS on loopback whose tasks are subprocesses. Not for production.
 *
 * @module
 */

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { createContainerOutput } from "../containers/container_output.ts";
import { hexDigits } from "../ecs/arns.ts";
import { createFaults, type FaultPlan, NO_FAULTS } from "../ecs/faults.ts";
import { listenEcs } from "./http.ts";
import { createLifecycle, type Pace } from "../ecs/lifecycle.ts";
import { createLimiter, type LimitChoice } from "../ecs/limits.ts";
import { ECS_DATA_FILE, openEcsStore } from "../ecs/store.ts";
import type { EcsWorld } from "../ecs/world.ts";
import type { ImageExec } from "../containers/image_exec.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { newAccessKeyId } from "../private/credentials.ts";
import { makePrivateDatabase, makePrivateFolder } from "../private/private_files.ts";
import { type BuiltInImages, createSubprocessLauncher } from "../containers/subprocess_launcher.ts";

/** How the local ECS is started. */
export interface EcsOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Whoever names it is answered. @default a fresh one of 128 random bits */
  readonly accessKeyId?: string;
  /** Folder for its state; null: in memory only. */
  readonly dataDir: string | null;
  readonly imageExec: readonly ImageExec[];
  /** One line, without secrets. */
  readonly log: (line: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Images that need no `imageExec`. @default none */
  readonly builtIn?: BuiltInImages;
  /** @default no faults */
  readonly faults?: FaultPlan;
  /** @default "documented" */
  readonly limits?: LimitChoice;
  /** @default 100 ms to PENDING, 100 ms to RUNNING, 50 ms to STOPPED */
  readonly pace?: Pace;
  /** Largest task that finds a place, in MiB. @default 30720 */
  readonly memoryMiB?: number;
  /** Told of every answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** A local ECS that listens. */
export interface LocalEcs {
  /** `http://127.0.0.1:port`, to be used as `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly accessKeyId: string;
  /** Ends the tasks and the server. */
  readonly close: () => Promise<void>;
}

const DEFAULT_PACE: Pace = { provisioningMs: 100, pendingMs: 100, deprovisioningMs: 50 };
const DEFAULT_MEMORY_MIB = 30_720;

/** Makes the folder with what stands in it. @returns the `HOME` of containers */
async function homeFolder(dataDir: string | null): Promise<string> {
  if (dataDir === null) return tmpdir();
  await makePrivateFolder(dataDir);
  await makePrivateDatabase(join(dataDir, ECS_DATA_FILE));
  const home = join(dataDir, "home");
  await makePrivateFolder(home);
  return home;
}

/**
 * Starts the local ECS. Tasks that an earlier start of the same `dataDir` left running are STOPPED with a reason.
 *
 * @throws {Error} when the port is taken or the folder cannot be written
 */
export async function startEcs(options: EcsOptions): Promise<LocalEcs> {
  const { clock, random, imageExec, dataDir, log, accessKeyId = newAccessKeyId() } = options;
  const home = await homeFolder(dataDir);
  const store = openEcsStore(dataDir);
  const output = createContainerOutput();
  const launcher = createSubprocessLauncher({
    clock,
    imageExec,
    builtIn: options.builtIn ?? {},
    output,
    home,
  });
  const faults = createFaults(options.faults ?? NO_FAULTS, clock);
  const lifecycle = createLifecycle({ clock, store, faults, launcher, pace: options.pace ?? DEFAULT_PACE });
  lifecycle.recover();
  const limiter = createLimiter(options.limits ?? "documented", clock);
  const memoryMiB = options.memoryMiB ?? DEFAULT_MEMORY_MIB;
  const world: EcsWorld = { clock, random, store, limiter, faults, lifecycle, memoryMiB };
  const newRequestId = () => [8, 4, 4, 4, 12].map((digits) => hexDigits(random, digits)).join("-");
  const onRequest = options.onRequest ?? (() => {});
  const server = await listenEcs({ world, output, accessKeyId, newRequestId, onRequest, log }, options.port)
    .catch((thrown: unknown) => {
      lifecycle.close();
      store.close();
      throw thrown;
    });
  log(`Local ECS listens on ${server.url}; it is a stand-in for development, not for production`);
  return {
    url: server.url,
    accessKeyId,
    close: async () => {
      lifecycle.close();
      await server.close();
      await launcher.idle();
      store.close();
    },
  };
}
