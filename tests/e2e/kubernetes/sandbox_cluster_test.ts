/**
 * The cluster of the sandbox, used as people use it: by the agent as a process, by requests over TLS, and by kubectl where it
 * is at hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../../actors/time/system_clock.ts";
import { sandboxClient } from "../../../sandbox/demo/api_client.ts";
import { kubernetesRun } from "../../../sandbox/demo/flows.ts";
import { prefectVariables } from "../../../sandbox/environment.ts";
import type { CountedRequest } from "../../../sandbox/http/request_counts.ts";
import type { LocalCluster } from "../../../sandbox/kubernetes/server.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { isJsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { parseYamlObject } from "../../../schemas/yaml/yaml.ts";
import { startAgent } from "../support/agent_process.ts";
import { createProject, createRun, readRun, registerFlow } from "../support/prefect_runs.ts";
import { startProcess, until } from "../support/process.ts";

interface Site {
  readonly sandbox: Sandbox;
  readonly cluster: LocalCluster;
  readonly folder: string;
  /** What the sandbox was asked. */
  readonly requests: readonly CountedRequest[];
}

async function withCluster(test: (site: Site) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sandbox-cluster-" });
  const requests: CountedRequest[] = [];
  const sandbox = await startSandbox({
    ...{ apiPort: 0, prefect3Port: 0, ecsPort: 0, kubernetesPort: 0 },
    dataDir: folder,
    imageExec: [{ pattern: "test/*", prefix: [] }],
    limits: "none",
    deno: Deno.execPath(),
    env: Deno.env.toObject(),
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
    onRequest: (request) => void requests.push(request),
  });
  try {
    const cluster = await sandbox.cluster ?? assert.fail("there is no cluster");
    await test({ sandbox, cluster, folder, requests });
  } finally {
    await sandbox.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Authority and token of a kubeconfig. */
async function entryOf({ cluster }: Site) {
  const config = parseYamlObject(await Deno.readTextFile(cluster.kubeconfig), { source: "kubeconfig" });
  assert.ok(isJsonObject(config));
  const [{ cluster: entry } = {}] = mappings(config["clusters"]);
  const [{ user } = {}] = mappings(config["users"]);
  const data = String(mapping(entry)["certificate-authority-data"]);
  return {
    server: String(mapping(entry)["server"]),
    authority: Buffer.from(data, "base64").toString(),
    token: String(mapping(user)["token"]),
  };
}

Deno.test("sandbox cluster: given its kubeconfig, then its authority and token are accepted, and nothing else is", () =>
  withCluster(async (site) => {
    const { server, authority, token } = await entryOf(site);
    using client = Deno.createHttpClient({ caCerts: [authority] });
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${server}/apis/batch/v1/jobs`, { client, headers });
      return { status: response.status, text: await response.text() };
    };

    const right = await ask({ authorization: `Bearer ${token}` });
    const wrong = await ask({ authorization: "Bearer 0123" });
    const ofPage = await ask({ authorization: `Bearer ${token}`, origin: "https://elsewhere.example" });

    assert.equal(server, site.cluster.url);
    assert.deepEqual([right.status, JSON.parse(right.text).kind], [200, "JobList"]);
    assert.deepEqual([wrong.status, JSON.parse(wrong.text).reason], [401, "Unauthorized"]);
    assert.equal(ofPage.status, 403);
    await assert.rejects(fetch(`${server}/version`), (thrown) => {
      assert.match(
        thrown instanceof Error ? `${thrown.message} ${String(thrown.cause)}` : "",
        /certificate/i,
      );
      return true;
    });
  }));

/** A Job whose flow is a shell. */
function shellRun(script: string, more: Readonly<Record<string, string>> = {}, image = "test/x:1") {
  const container = { name: "flow", image, command: ["/bin/sh", "-c", script] };
  return kubernetesRun({
    job_template: {
      apiVersion: "batch/v1",
      kind: "Job",
      spec: { template: { spec: { containers: [container], nodeSelector: more } } },
    },
  });
}

/** Flows, and what the message of their Failed state says. */
const FAILING = [
  ["exits", shellRun("exit 3"), /exit code 3/],
  ["no image", shellRun("true", {}, "other/x:1"), /its image cannot be pulled .*ImagePullBackOff/],
  [
    "no node",
    shellRun("true", { pool: "gpu" }),
    /FailedScheduling: .* didn't match Pod's node affinity\/selector/,
  ],
  ["unreported", shellRun("true"), /ended well, but its flow run had not reported an end/],
] as const;

Deno.test("sandbox cluster: given runs that fail in several ways, when the agent starts them, then each says why, once, with one Job, and no Job is left", () =>
  withCluster(async (site) => {
    const { sandbox, cluster, folder, requests } = site;
    const ask = sandboxClient({ url: sandbox.apiUrl, apiKey: sandbox.apiKey });
    const project = await createProject(ask, "cluster");
    const runs = await Promise.all(FAILING.map(async ([name, runConfig, message]) => {
      const flow = await registerFlow(ask, project, { name, runConfig, storage: { type: "Local" } });
      return { id: await createRun(ask, flow), message };
    }));
    const env = { HOME: folder, KUBECONFIG: cluster.kubeconfig, ...prefectVariables(sandbox) };
    const words = ["kubernetes", "start", "--start-deadline", "16", "--relaunch", "never"];
    const agent = startAgent(words, env);
    for (const { id, message } of runs) {
      const run = await until(async () => {
        const seen = await readRun(ask, id);
        return seen.state === "Failed" ? seen : undefined;
      }, agent.output);
      assert.match(run.message, message);
      assert.equal(run.states.filter((state) => state === "Failed").length, 1);
    }

    const { server, authority, token } = await entryOf(site);
    using client = Deno.createHttpClient({ caCerts: [authority] });
    const left = async () => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await (await fetch(`${server}/apis/batch/v1/jobs`, { client, headers })).json();
      return answer.items.length === 0 || undefined;
    };
    await until(left, () => "Jobs are left");
    agent.signal("SIGTERM");
    assert.equal(await agent.exited, 0);
    assert.equal(requests.filter(({ operation }) => operation === "create jobs").length, runs.length);
  }));

/** Path of kubectl; null: it is not at hand. */
async function findKubectl(): Promise<string | null> {
  const path = Deno.env.get("KUBECTL") ?? "kubectl";
  try {
    const { success } = await new Deno.Command(path, { args: ["version", "--client"] }).output();
    return success ? path : null;
  } catch {
    // There is none.
    return null;
  }
}

const kubectl = await findKubectl();
if (kubectl === null) {
  await Deno.stdout.write(new TextEncoder().encode("SKIP test of kubectl: it is not here (set KUBECTL)\n"));
}

Deno.test({
  name:
    "sandbox cluster: given kubectl, then the manifest of install is applied twice, and a Job is made, shown, followed and deleted",
  ignore: kubectl === null,
  fn: () =>
    withCluster(async ({ cluster, folder }) => {
      const env = { HOME: folder, PATH: Deno.env.get("PATH") ?? "", KUBECONFIG: cluster.kubeconfig };
      const run = async (...words: readonly string[]) => {
        const child = startProcess(kubectl ?? "", words, env);
        const code = await child.exited;
        return { code, output: child.output() };
      };
      const install = startAgent(["kubernetes", "install", "--rbac", "--key-secret", "prefect"], {
        HOME: folder,
      });
      assert.equal(await install.exited, 0);
      const documents = install.output().split("\n").filter((line) =>
        !/^(All documents|The image)/.test(line)
      );
      await Deno.writeTextFile(`${folder}/agent.yaml`, documents.join("\n"));
      await Deno.writeTextFile(`${folder}/job.yaml`, JSON.stringify(JOB));

      const first = await run("apply", "--validate=false", "-f", `${folder}/agent.yaml`);
      const second = await run("apply", "--validate=false", "-f", `${folder}/agent.yaml`);
      await run("apply", "--validate=false", "-f", `${folder}/job.yaml`);
      const waited = await run("wait", "--for=condition=complete", "job/hello", "--timeout=30s");
      const shown = await run("get", "jobs");
      const log = await run("logs", "job/hello");
      const deleted = await run("delete", "job", "hello", "--timeout=30s");

      assert.match(
        first.output,
        /deployment\.apps\/prefect-agent created[\s\S]*rolebinding.*prefect-agent-rbac created/,
      );
      assert.equal(second.output.match(/ unchanged$/gm)?.length, 4, second.output);
      assert.equal(waited.code, 0, waited.output);
      assert.match(shown.output, /^NAME +STATUS +COMPLETIONS +DURATION +AGE\nhello +Complete +1\/1 /);
      assert.equal(log.output, "it works\n");
      assert.equal(deleted.code, 0, deleted.output);
    }),
});

const JOB = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "hello" },
  spec: {
    template: {
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "main", image: "test/x:1", command: ["/bin/sh", "-c", "echo it works"] }],
      },
    },
  },
};
