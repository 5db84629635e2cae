/**
 * A real API server with its job controller, where KUBE_APISERVER names a kubeconfig of an administrator: the manifest is
 * taken, and the agent runs flows with the rights of its account alone. Pods are played by the test: no scheduler takes them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { installManifest } from "../../../flavours/kubernetes_agent/install/manifest.ts";
import { installSettings } from "../../../flavours/kubernetes_agent/install/settings.ts";
import { type Graphql, sandboxClient } from "../../../sandbox/demo/api_client.ts";
import { startApi } from "../../../sandbox/prefect1/server.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import { FLOW_RUN_LABEL } from "../../../schemas/kubernetes/labels.ts";
import { kubernetesCases } from "../../support/goldens/kubernetes_golden.ts";
import { startAgent } from "../support/agent_process.ts";
import { type ClusterAdmin, clusterAdmin } from "../support/cluster_admin.ts";
import { createProject, createRun, readRun, registerFlow } from "../support/prefect_runs.ts";
import { until } from "../support/process.ts";

const kubeconfig = Deno.env.get("KUBE_APISERVER") ?? "";
const isLeftOut = kubeconfig === "";

if (isLeftOut) {
  Deno.test({
    name: "API server (left out: KUBE_APISERVER names no kubeconfig)",
    ignore: true,
    fn: () => undefined,
  });
}

/** Tests that need it. */
function withServer(name: string, work: (admin: ClusterAdmin) => Promise<void>): void {
  if (!isLeftOut) Deno.test(name, () => inNamespace(work));
}

/** How 30 runs go. */
const ROLES = [
  ...Array.from({ length: 10 }, () => "fails" as const),
  ...Array.from({ length: 2 }, () => "cancelled" as const),
  "noRoom" as const,
  ...Array.from({ length: 17 }, () => "endsWell" as const),
];
type Role = (typeof ROLES)[number];

/** The end of each, and what its state's message says. */
const ENDS: Readonly<Record<Role, readonly [state: string, says: RegExp]>> = {
  fails: ["Failed", /exit code 3/],
  cancelled: ["Cancelled", /./],
  noRoom: ["Failed", /no node takes it/],
  endsWell: ["Success", /./],
};

/** How long all of them may take, in milliseconds. */
const PATIENCE_MS = 300_000;

const TEMPLATE = JSON.stringify({
  spec: { template: { spec: { schedulerName: "played-by-a-test", containers: [{ name: "flow" }] } } },
});

function manifest(words: readonly string[]): readonly JsonObject[] | null {
  try {
    const command = parseCommandLine(["kubernetes", "install", ...words]);
    if (command.kind !== "install") return null;
    return installManifest(
      installSettings({ values: command.values, backend: "cloud", version: "0" }).settings,
    );
  } catch {
    // A command line that is refused has no manifest.
    return null;
  }
}

async function inNamespace(work: (admin: ClusterAdmin) => Promise<void>): Promise<void> {
  const name = `prefect-agent-test-${crypto.randomUUID().slice(0, 8)}`;
  const admin = clusterAdmin(kubeconfig, name);
  try {
    await admin.ask("POST", "/api/v1/namespaces", { metadata: { name } });
    // Its pods are refused before the controllers have made it.
    const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
    await until(() => admin.ask("GET", account).catch(() => undefined), () => "no account `default`");
    await work(admin);
  } finally {
    await admin.ask("DELETE", `/api/v1/namespaces/${name}`).catch(() => undefined);
    admin.close();
  }
}

withServer(
  "API server: given each recorded command line of install, when its documents are tried, then the server takes them",
  async (admin) => {
    let tried = 0;
    for (const { agent: { argv } } of kubernetesCases("install")) {
      for (const document of manifest(argv.slice(argv.indexOf("install") + 1)) ?? []) {
        await admin.make(document, "?dryRun=All");
        tried++;
      }
    }

    assert.ok(tried > 20, `${tried} documents`);
  },
);

/** What a pod's status is changed to. */
async function setStatus(admin: ClusterAdmin, name: string, status: JsonObject): Promise<void> {
  const path = `/api/v1/namespaces/${admin.namespace}/pods/${name}`;
  const pod = await admin.ask("GET", path);
  await admin.ask("PUT", `${path}/status`, { ...pod, status: { ...mapping(pod["status"]), ...status } });
}

function container(state: JsonObject): JsonObject {
  return {
    containerStatuses: [{ name: "flow", image: "x:1", imageID: "", ready: false, restartCount: 0, state }],
  };
}

const condition = (isTrue: boolean, more: JsonObject = {}): JsonObject => ({
  conditions: [{ type: "PodScheduled", status: isTrue ? "True" : "False", ...more }],
});

async function setState(ask: Graphql, id: string, type: string): Promise<void> {
  const document =
    "mutation($input: set_flow_run_states_input!) { set_flow_run_states(input: $input) { states { id } } }";
  await ask(document, { input: { states: [{ flow_run_id: id, state: { type } }] } });
}

/** Plays the pods of runs until it is stopped. @returns names of all pods of each run that were ever there */
function playPods(admin: ClusterAdmin, ask: Graphql, roles: ReadonlyMap<string, Role>) {
  const seen = new Map<string, Set<string>>();
  const stages = new Map<string, number>();
  const step = async (pod: JsonObject): Promise<void> => {
    const { name: given, labels, deletionTimestamp } = mapping(pod["metadata"]);
    const [name, run] = [String(given), String(mapping(labels)[FLOW_RUN_LABEL])];
    const role = roles.get(run);
    if (role === undefined) return;
    seen.set(run, (seen.get(run) ?? new Set()).add(name));
    const stage = stages.get(name) ?? 0;
    if (deletionTimestamp !== undefined || stage === 2) return;
    if (stage === 0 && role === "noRoom") {
      await setStatus(
        admin,
        name,
        condition(false, { reason: "Unschedulable", message: "no node takes it" }),
      );
      stages.set(name, 2);
      return;
    }
    const at = new Date().toISOString();
    if (stage === 0) {
      await setStatus(admin, name, {
        phase: "Running",
        ...condition(true),
        ...container({ running: { startedAt: at } }),
      });
      await setState(ask, run, "Running");
    } else if (role === "cancelled") {
      const document =
        "mutation($input: cancel_flow_run_input!) { cancel_flow_run(input: $input) { state } }";
      await ask(document, { input: { flow_run_id: run } });
    } else {
      const exitCode = role === "fails" ? 3 : 0;
      if (exitCode === 0) await setState(ask, run, "Success");
      const terminated = {
        exitCode,
        reason: exitCode === 0 ? "Completed" : "Error",
        startedAt: at,
        finishedAt: at,
      };
      await setStatus(admin, name, {
        phase: exitCode === 0 ? "Succeeded" : "Failed",
        ...container({ terminated }),
      });
    }
    stages.set(name, stage + 1);
  };
  const path = `/api/v1/namespaces/${admin.namespace}/pods?labelSelector=${
    encodeURIComponent(FLOW_RUN_LABEL)
  }`;
  const control = { isOver: false };
  const playing = (async () => {
    while (!control.isOver) {
      // One that was changed or deleted meanwhile is looked at again.
      for (const pod of await admin.list(path)) await step(pod).catch(() => undefined);
      await new Promise((next) => setTimeout(next, 300));
    }
  })();
  return {
    seen,
    stop: async () => {
      control.isOver = true;
      await playing;
    },
  };
}

withServer(
  "API server: given the manifest's own account, when 30 runs end in their ways, then each was executed once, nothing was denied and no Job is left",
  async (admin) => {
    const { namespace } = admin;
    for (const document of manifest(["--namespace", namespace, "--rbac", "--key", "k"]) ?? []) {
      await admin.make(document);
    }
    const home = await Deno.makeTempDir();
    const [config, template] = [join(home, "kubeconfig"), join(home, "job.json")];
    await Deno.writeTextFile(config, await admin.kubeconfigOf("prefect-agent"), { mode: 0o600 });
    await Deno.writeTextFile(template, TEMPLATE);
    const api = await startApi({ port: 0, random: Math.random, dataDir: ":memory:", log: () => {} });
    const ask = sandboxClient(api);
    const runConfig = { type: "KubernetesRun", image: "x:1", labels: [], __version__: "0.15.13" };
    const flow = await registerFlow(ask, await createProject(ask, "lab"), { name: "played", runConfig });
    const roles = new Map<string, Role>();
    for (const role of ROLES) roles.set(await createRun(ask, flow), role);
    const words = ["--namespace", namespace, "--kubeconfig", config, "--job-template", template];
    const times = ["--start-deadline", "30", "--cancel-grace", "2", "--relaunch", "never"];
    const agent = startAgent(["kubernetes", "start", ...words, ...times], {
      HOME: home,
      PREFECT__CLOUD__API: api.url,
      PREFECT__CLOUD__API_KEY: api.apiKey,
    });
    const pods = playPods(admin, ask, roles);
    try {
      for (const [id, role] of roles) {
        const [state, says] = ENDS[role];
        const ended = await until(
          async () => {
            const run = await readRun(ask, id);
            return /^(Success|Failed|Cancelled)$/.test(run.state) ? run : undefined;
          },
          agent.output,
          PATIENCE_MS,
        );
        assert.equal(ended.state, state, `${role}: ${ended.message}`);
        assert.match(ended.message, says);
      }
      const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      await until(async () => (await admin.list(jobs)).length === 0 || undefined, agent.output);
      agent.signal("SIGTERM");
      assert.equal(await agent.exited, 0, agent.output());
    } finally {
      agent.signal("SIGKILL");
      await agent.exited;
      await pods.stop();
      await api.close();
      await Deno.remove(home, { recursive: true });
    }

    assert.deepEqual([...pods.seen.values()].map(({ size }) => size), ROLES.map(() => 1));
    assert.ok(!/may not|forbidden/i.test(agent.output()), agent.output());
  },
);
