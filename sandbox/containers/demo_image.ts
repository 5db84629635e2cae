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

/** All that the flow reads: no other variable of a container reaches our own Deno, such as `LD_PRELOAD`. */
const PERMITTED = [
  "PREFECT__CLOUD__API",
  "PREFECT__CLOUD__API_KEY",
  "PREFECT__CLOUD__AUTH_TOKEN",
  "PREFECT__CLOUD__TENANT_ID",
  "PREFECT__CONTEXT__FLOW_RUN_ID",
] as const;

function hostOf(url: string | undefined): string {
  return URL.canParse(url ?? "") ? new URL(url ?? "").host : "127.0.0.1";
}

function demoCommand({ deno, env }: DemoRuntime, container: ContainerStart): BuiltInCommand {
  const host = hostOf(container.environment["PREFECT__CLOUD__API"]);
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
      `--allow-env=${PERMITTED.join(",")}`,
      fileURLToPath(new URL("../demo/flow.ts", import.meta.url)),
    ],
    takes: PERMITTED,
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
