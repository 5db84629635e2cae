/**
 * `sandbox`: the embedded Prefect APIs, the local ECS and the cluster, until a signal ends them.
 *
 * @module
 */

import { quote } from "shlex";
import * as v from "valibot";
import { fileRefusal, readNamedFile } from "../actors/files/read_named_file.ts";
import type { SandboxSettings } from "./cli/sandbox_options.ts";
import { aborted } from "./wiring/interruption.ts";
import type { Io } from "./wiring/io.ts";
import { systemPorts } from "./wiring/system_ports.ts";

/**
 * Serves the sandbox until `io.signal` is aborted.
 *
 * @returns the exit code 0
 * @throws {FailureError} `usage` for an image pattern without prefix, `configuration` for faults, ports or a folder that
 * cannot be used
 */
export async function runSandbox(settings: SandboxSettings, io: Io): Promise<number> {
  const options = await optionsOf(settings, io);
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  const sandbox = await startSandbox(options);
  try {
    for (const line of await describeSandbox(sandbox, options.dataDir)) io.shown.line(line);
    // It comes a moment later than the rest.
    for (const line of describeCluster(await sandbox.cluster)) io.shown.line(line);
    io.shown.line("End with Ctrl-C; what is stored stays, the cluster begins empty.");
    await aborted(io.signal);
  } finally {
    await sandbox.close();
  }
  return 0;
}

/** Lines that tell where the cluster is and how to reach it. */
function describeCluster(
  cluster: { readonly url: string; readonly kubeconfig: string } | null,
): readonly string[] {
  if (cluster === null) return [];
  return [
    `Kubernetes API: ${cluster.url}`,
    "kubectl and this agent find it by the kubeconfig, which holds its token:",
    `  export KUBECONFIG=${quote(cluster.kubeconfig)}`,
    "With it: kubectl get jobs, deno task agent kubernetes start",
  ];
}

async function readFaults(path: string | null, { locate }: Io) {
  if (path === null) return {};
  const { faultPlanSchema } = await import("../sandbox/ecs/faults.ts");
  const file = { option: "--faults", path, told: (shown: string) => `the faults of ${shown}` };
  const text = await readNamedFile(file, locate);
  try {
    return { faults: v.parse(faultPlanSchema, JSON.parse(text)) };
  } catch (thrown) {
    const why = thrown instanceof v.ValiError
      ? `${v.getDotPath(thrown.issues[0]) ?? "the document"}: ${thrown.issues[0].message}`
      : String(thrown instanceof Error ? thrown.message : thrown);
    throw fileRefusal(file, locate(path), why);
  }
}

async function optionsOf(settings: SandboxSettings, io: Io) {
  const { parseImageExec } = await import("../sandbox/containers/image_exec.ts");
  return {
    ...settings,
    dataDir: io.locate(settings.dataDir),
    imageExec: settings.imageExec.map(parseImageExec),
    ...await readFaults(settings.faultsFile, io),
    deno: Deno.execPath(),
    env: io.env,
    ...systemPorts,
    log: io.writeError,
  };
}

function exports(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `  export ${name}=${value}`);
}

/** Lines that tell where the sandbox is and how to reach it. */
export async function describeSandbox(
  sandbox: {
    readonly apiUrl: string;
    readonly prefect3Url: string;
    readonly apiKey: string;
    readonly ecsUrl: string;
    readonly accessKeyId: string;
  },
  dataDir: string,
): Promise<readonly string[]> {
  const { awsVariables, prefect3Variables, prefectVariables } = await import("../sandbox/environment.ts");
  const { environmentFile } = await import("../sandbox/sandbox.ts");
  return [
    `Prefect 1 API: ${sandbox.apiUrl}`,
    `Prefect 3 API: ${sandbox.prefect3Url}`,
    `Local ECS:     ${sandbox.ecsUrl}`,
    `Data:          ${dataDir}`,
    "",
    "The Python client, prefect execute flow-run and this agent find the API by:",
    ...exports(prefectVariables(sandbox)),
    "Prefect 3, prefect flow-run execute and the worker find theirs by:",
    ...exports(prefect3Variables(sandbox)),
    "The AWS CLI, the AWS SDKs and this agent find the local ECS by:",
    ...exports(awsVariables(sandbox)),
    "With these in its environment: deno task agent ecs start, or deno task agent worker start --pool my-pool",
    `All of them at once: . ${environmentFile(dataDir)}`,
    `What containers print: ${sandbox.ecsUrl}/?token=${sandbox.accessKeyId}`,
  ];
}
