/**
 * What the sandbox keeps from others on the same machine: its credentials, its files, and the environment of its own Deno.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ECSClient, RegisterTaskDefinitionCommand, RunTaskCommand } from "@aws-sdk/client-ecs";
import { systemClock } from "../../actors/time/system_clock.ts";
import { startEcs } from "../../sandbox/aws/server.ts";
import { DEMO_IMAGE, demoImages } from "../../sandbox/containers/demo_image.ts";
import { parseImageExec } from "../../sandbox/containers/image_exec.ts";
import { sandboxClient } from "../../sandbox/demo/api_client.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { FailureError } from "../../schemas/failure/failure.ts";
import { until } from "./support/process.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sandbox-guard-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function start(
  dataDir: string,
  log: (line: string) => void = () => undefined,
  kubernetesPort: number | null = null,
): Promise<Sandbox> {
  return startSandbox({
    apiPort: 0,
    prefect3Port: 0,
    ecsPort: 0,
    kubernetesPort,
    dataDir,
    imageExec: [],
    limits: "none",
    deno: Deno.execPath(),
    env: Deno.env.toObject(),
    clock: systemClock,
    random: Math.random,
    log,
  });
}

/** Rights of a folder and of all that is in it, by name; the folder itself is `.`. */
async function rightsIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const rights = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
  const found: Record<string, string> = { ".": (await rights(folder)).toString(8) };
  for await (const { name } of Deno.readDir(folder)) {
    found[name] = (await rights(`${folder}/${name}`)).toString(8);
  }
  return found;
}

const PRIVATE = {
  ".": "700",
  home: "700",
  "credentials.json": "600",
  "environment.sh": "600",
  "ecs.sqlite": "600",
  "ecs.sqlite-wal": "600",
  "prefect.sqlite": "600",
  "prefect.sqlite-shm": "600",
  "prefect.sqlite-wal": "600",
  "prefect3.sqlite": "600",
  "prefect3.sqlite-shm": "600",
  "prefect3.sqlite-wal": "600",
};

Deno.test("sandbox: given a new folder, when started, then only its owner can read what is in it", () =>
  withFolder(async (folder) => {
    const data = `${folder}/a/data`;
    const sandbox = await start(data, undefined, 0);
    await sandbox.cluster;
    await sandboxClient({ url: sandbox.apiUrl, apiKey: sandbox.apiKey })("query { hello }");

    assert.deepEqual(await rightsIn(data), { ...PRIVATE, kubeconfig: "600" });
    const shell = await Deno.readTextFile(`${data}/environment.sh`);
    assert.ok(shell.includes(`export PREFECT__CLOUD__API_KEY=${sandbox.apiKey}\n`));
    assert.ok(shell.includes(`export PREFECT_API_URL=${sandbox.prefect3Url}\n`));
    assert.ok(shell.includes(`export PREFECT_API_AUTH_STRING=${sandbox.apiKey}\n`));
    assert.ok(shell.includes(`export AWS_ACCESS_KEY_ID=${sandbox.accessKeyId}\n`));
    assert.ok(shell.includes(`export KUBECONFIG=${data}/kubeconfig\n`));
    await sandbox.close();
  }));

Deno.test("sandbox: given a folder of an earlier start with wide rights, when started again, then it is closed to others and its credentials are kept", () =>
  withFolder(async (folder) => {
    const first = await start(folder);
    await first.close();
    for await (const { name } of Deno.readDir(folder)) await Deno.chmod(`${folder}/${name}`, 0o755);
    await Deno.writeTextFile(`${folder}/prefect.sqlite-wal`, "", { mode: 0o644 });
    await Deno.chmod(folder, 0o777);

    const lines: string[] = [];
    const second = await start(folder, (line) => void lines.push(line));

    assert.deepEqual(await rightsIn(folder), PRIVATE);
    assert.deepEqual([second.apiKey, second.accessKeyId], [first.apiKey, first.accessKeyId]);
    assert.equal(lines.filter((line) => /Others may/.test(line)).length, 0);
    await second.close();
  }));

Deno.test("sandbox: given a folder with other people's things, when started, then its rights stay, its own files are private, and a warning says what to do", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
    await Deno.chmod(folder, 0o755);
    const lines: string[] = [];

    const sandbox = await start(folder, (line) => void lines.push(line));

    const { ".": rights, "notes.txt": _notes, ...own } = await rightsIn(folder);
    assert.equal(rights, "755");
    assert.ok(Object.values(own).every((each) => each === "600" || each === "700"), JSON.stringify(own));
    assert.match(lines.join("\n"), /Others may look into the folder .* with --data/);
    await sandbox.close();
  }));

Deno.test("sandbox: given two folders, when started, then each has credentials of its own, of 128 bits", () =>
  withFolder(async (folder) => {
    const one = await start(`${folder}/one`);
    const other = await start(`${folder}/other`);

    const all = [one.apiKey, one.accessKeyId, other.apiKey, other.accessKeyId];
    assert.equal(new Set(all).size, 4);
    for (const key of [one.apiKey, other.apiKey]) assert.match(key, /^[0-9a-f]{32}$/);
    for (const id of [one.accessKeyId, other.accessKeyId]) assert.match(id, /^AKIA[0-9A-F]{32}$/);
    await one.close();
    await other.close();
  }));

for (const text of ["{}", "no json", '{"accessKeyId":"a","apiKey":"b"}', '{"accessKeyId":"sandbox"}']) {
  Deno.test(`sandbox: given the credentials ${text}, when started, then it is refused with the file to remove`, () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/credentials.json`, text);

      await assert.rejects(
        start(folder),
        (thrown) => thrown instanceof FailureError && /remove the file/.test(thrown.message),
      );
    }));
}

const HOSTILE = {
  LD_PRELOAD: "/nonexistent/evil.so",
  LD_LIBRARY_PATH: "/nonexistent",
  LD_AUDIT: "/nonexistent/evil.so",
  DYLD_INSERT_LIBRARIES: "/nonexistent/evil.so",
  GLIBC_TUNABLES: "glibc.malloc.check=3",
  DENO_DIR: "/nonexistent",
  DENO_V8_FLAGS: "--help",
  DENO_TLS_CA_STORE: "system",
  NODE_OPTIONS: "--require /nonexistent",
  NODE_EXTRA_CA_CERTS: "/nonexistent",
  BASH_ENV: "/nonexistent",
  ENV: "/nonexistent",
  PYTHONPATH: "/nonexistent",
  HTTP_PROXY: "http://127.0.0.1:9",
  SSL_CERT_FILE: "/nonexistent",
  OTEL_DENO: "true",
  PATH: "/nonexistent:/usr/bin:/bin",
  HOME: "/nonexistent",
} as const;

/** Runs a task whose container prints its environment. */
async function environmentOf(
  image: string,
  deno: string,
  variables: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const ecs = await startEcs({
    port: 0,
    dataDir: null,
    imageExec: [parseImageExec("user/*=")],
    builtIn: demoImages({ deno, env: { DENO_DIR: "/own", HOME: "/own/home", LD_PRELOAD: "never" } }),
    log: () => undefined,
    clock: systemClock,
    random: Math.random,
    pace: { provisioningMs: 1, pendingMs: 1, deprovisioningMs: 1 },
  });
  const credentials = { accessKeyId: ecs.accessKeyId, secretAccessKey: "x" };
  const client = new ECSClient({ endpoint: ecs.url, region: "us-east-1", credentials });
  const environment = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const command = ["/usr/bin/env"];
  await client.send(
    new RegisterTaskDefinitionCommand({
      family: "printer",
      containerDefinitions: [{ name: "flow", image, command, environment, memory: 64 }],
    }),
  );
  const { tasks } = await client.send(new RunTaskCommand({ taskDefinition: "printer" }));
  const logs = `${ecs.url}/logs/flow/${tasks?.[0]?.taskArn?.split("/")[2]}`;
  const headers = { authorization: `Bearer ${ecs.accessKeyId}` };
  const printed = async () => {
    const text = await (await fetch(logs, { headers })).text();
    return text.includes("SANDBOX_TASK=") ? text : undefined;
  };
  const text = await until(printed, () => "the container printed nothing");
  client.destroy();
  await ecs.close();
  return Object.fromEntries(text.trim().split("\n").map((line) => line.split(/=(.*)/).slice(0, 2)));
}

Deno.test("demo image: given a container with variables that make a program load or run something, when run, then our own Deno gets none of them", () =>
  withFolder(async (folder) => {
    const deno = `${folder}/deno`;
    await Deno.writeTextFile(deno, "#!/bin/sh\nexec /usr/bin/env\n", { mode: 0o700 });
    const own = { PREFECT__CLOUD__API: "http://127.0.0.1:1", PREFECT__CONTEXT__FLOW_RUN_ID: "run-1" };

    const env = await environmentOf(DEMO_IMAGE, deno, { ...HOSTILE, ...own, SECRET: "x" });

    assert.deepEqual(
      Object.keys(env).filter((name) => name !== "PWD" && name !== "_" && name !== "SHLVL").toSorted(),
      ["DENO_DIR", "SANDBOX_TASK", "HOME", "PATH", ...Object.keys(own)].toSorted(),
    );
    assert.equal(env["DENO_DIR"], "/own");
    assert.equal(env["HOME"], "/own/home");
    assert.doesNotMatch(env["PATH"] ?? "", /nonexistent/);
  }));

Deno.test("image of a user: given the same variables, when run behind --image-exec, then each arrives as ECS gives it", async () => {
  const { LD_PRELOAD: _preload, LD_AUDIT: _audit, GLIBC_TUNABLES: _tunables, ...harmless } = HOSTILE;

  const env = await environmentOf("user/image", "/nonexistent", harmless);

  for (const [name, value] of Object.entries(harmless)) assert.equal(env[name], value, name);
});
