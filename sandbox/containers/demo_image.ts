/**
 * The image `demo/flow`, which the local ECS runs without Docker and without Python.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { BuiltInCommand, BuiltInImages } from "./subprocess_launcher.ts";
import type { ContainerStart } from "./launcher.ts";

/** Name of the built-in image. */
export const DEMO_IMAGE = "demo/flow";

/** The runtime that runs the demo flow, and what of its environment it needs for itself. */
export interface DemoRuntime {
  /** Path of this very Deno. */
  readonly deno: string;
  /** Environment of the sandbox; only places of caches are taken from it. */
  readonly env: Readonly<Record<string, string>>;
}

const CACHES = ["DENO_DIR", "HOME", "XDG_CACHE_HOME"] as const;

/** What runs a flow run of one generation of Prefect. */
interface FlowScript {
  /** Relative to this file. */
  readonly path: string;
  /** Names where the API is. */
  readonly address: string;
  /** All that the flow reads: no other variable of a container reaches our own Deno, such as `LD_PRELOAD`. */
  readonly reads: readonly string[];
}

const PREFECT1: FlowScript = {
  path: "../demo/flow.ts",
  address: "PREFECT__CLOUD__API",
  reads: [
    "PREFECT__CLOUD__API",
    "PREFECT__CLOUD__API_KEY",
    "PREFECT__CLOUD__AUTH_TOKEN",
    "PREFECT__CLOUD__TENANT_ID",
    "PREFECT__CONTEXT__FLOW_RUN_ID",
  ],
};

/** In place of `prefect flow-run execute`. */
const PREFECT3: FlowScript = {
  path: "../demo/prefect3/flow.ts",
  address: "PREFECT_API_URL",
  reads: ["PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "PREFECT__FLOW_RUN_ID"],
};

function hostOf(url: string | undefined): string {
  return URL.canParse(url ?? "") ? new URL(url ?? "").host : "127.0.0.1";
}

function demoCommand({ deno, env }: DemoRuntime, container: ContainerStart): BuiltInCommand {
  const isOfWorker = Object.hasOwn(container.environment, "PREFECT__FLOW_RUN_ID");
  const { path, address, reads } = isOfWorker ? PREFECT3 : PREFECT1;
  const host = hostOf(container.environment[address]);
  return {
    argv: [
      deno,
      "run",
      "--quiet",
      "--no-prompt",
      "--no-config",
      "--no-remote",
      "--no-npm",
      `--allow-net=${host}`,
      `--allow-env=${reads.join(",")}`,
      fileURLToPath(new URL(path, import.meta.url)),
    ],
    takes: reads,
    environment: Object.fromEntries(CACHES.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    })),
  };
}

/** The built-in images of the sandbox. */
export function demoImages(runtime: DemoRuntime): BuiltInImages {
  return { [DEMO_IMAGE]: (container) => demoCommand(runtime, container) };
}
