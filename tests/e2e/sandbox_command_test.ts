/**
 * `deno task sandbox` and `deno task demo` as processes: killed, interrupted, left alone.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { systemClock } from "../../actors/time/system_clock.ts";
import { createContainerOutput } from "../../sandbox/containers/container_output.ts";
import { createSubprocessLauncher } from "../../sandbox/containers/subprocess_launcher.ts";
import { type Graphql, sandboxClient } from "../../sandbox/demo/api_client.ts";
import { isJsonObject } from "../../schemas/json/json.ts";
import { type Process, SANDBOX_PERMISSIONS, startProcess, until } from "./support/process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
interface RunningSandbox extends Process {
  readonly apiUrl: string;
  readonly ecsUrl: string;
  readonly kubernetesUrl: string;
  readonly apiKey: string;
  readonly accessKeyId: string;
}

function command(...words: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SANDBOX_PERMISSIONS, "main.ts", ...words],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function startSandbox(folder: string): Promise<RunningSandbox> {
  const sandbox = startProcess(
    Deno.execPath(),
    ["run", "--quiet", ...SANDBOX_PERMISSIONS, `${ROOT}main.ts`, "sandbox", "--data", folder]
      .concat("--image-exec", "test/*=env"),
    Deno.env.toObject(),
  );
  const { output } = sandbox;
  await until(() => output().includes("End with Ctrl-C") || undefined, output);
  const apiUrl = /Prefect 1 API: (\S+)/.exec(output())?.[1] ?? assert.fail(output());
  const ecsUrl = /Local ECS: +(\S+)/.exec(output())?.[1] ?? assert.fail(output());
  const apiKey = /export PREFECT__CLOUD__API_KEY=(\S+)/.exec(output())?.[1] ?? assert.fail(output());
  const kubernetesUrl = /Kubernetes API: (\S+)/.exec(output())?.[1] ?? assert.fail(output());
  const accessKeyId = /export AWS_ACCESS_KEY_ID=(\S+)/.exec(output())?.[1] ?? assert.fail(output());
  return { ...sandbox, apiUrl, ecsUrl, kubernetesUrl, apiKey, accessKeyId };
}

function askOf({ apiUrl: url, apiKey }: RunningSandbox): Graphql {
  return sandboxClient({ url, apiKey });
}

function clientOf({ ecsUrl, accessKeyId }: RunningSandbox): ECSClient {
  return new ECSClient({
    endpoint: ecsUrl,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: "b" },
  });
}

/** Starts a task that writes its process id to a file and sleeps for longer than a test waits. */
async function runSleeper(client: ECSClient, pidFile: string): Promise<string> {
  const script = `echo $$ > ${pidFile}; sleep 300`;
  await client.send(
    new RegisterTaskDefinitionCommand({
      family: "sleeper",
      containerDefinitions: [{
        name: "main",
        image: "test/x",
        memory: 64,
        command: ["/bin/sh", "-c", script],
      }],
    }),
  );
  const { tasks } = await client.send(new RunTaskCommand({ taskDefinition: "sleeper", startedBy: "run" }));
  return tasks?.[0]?.taskArn ?? assert.fail("no task");
}

async function untilWritten(path: string): Promise<number> {
  const written = async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    return text.endsWith("\n") ? Number(text) : undefined;
  };
  return await until(written, () => `${path} was not written`);
}

/** Looks into /proc with a shell: Deno itself may not. */
async function shell(script: string, word: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", script, "look", word], stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout).trim();
}

/** A zombie that nobody waits for any more is not alive. */
async function isAlive(pid: number): Promise<boolean> {
  return /^State:\s+[^Z]/.test(await shell('grep State: "/proc/$1/status"', String(pid)));
}

async function untilDead(pid: number): Promise<void> {
  await until(
    async () => await isAlive(pid) ? undefined : true,
    () => `the task's process ${pid} is not gone`,
  );
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sandbox-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("sandbox: given kill -9 while a task runs, when started again, then all is there and the task is over", () =>
  withFolder(async (folder) => {
    const first = await startSandbox(folder);
    await askOf(first)(`mutation { create_project(input: { name: "kept" }) { id } }`);
    const before = clientOf(first);
    const arn = await runSleeper(before, `${folder}/pid`);
    const pid = await untilWritten(`${folder}/pid`);
    before.destroy();
    first.signal("SIGKILL");
    await first.exited;

    const second = await startSandbox(folder);
    const after = clientOf(second);
    const { tasks } = await after.send(new DescribeTasksCommand({ tasks: [arn] }));
    const { taskDefinition } = await after.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "sleeper" }),
    );
    const { project } = await askOf(second)("query { project { name } }");

    assert.equal(tasks?.[0]?.lastStatus, "STOPPED");
    assert.match(tasks?.[0]?.stoppedReason ?? "", /local ECS was ended/);
    assert.equal(taskDefinition?.revision, 1);
    assert.deepEqual(Array.isArray(project) && project.filter(isJsonObject).map(({ name }) => name), [
      "kept",
    ]);
    await untilDead(pid);
    after.destroy();
    second.signal("SIGTERM");
    assert.equal(await second.exited, 0);
  }));

Deno.test("leftovers: given processes of two tasks, when those of one are to be ended, then the other's go on", async () => {
  const parts = { clock: systemClock, imageExec: [{ pattern: "*", prefix: [] }], builtIn: {}, home: "/" };
  const before = createSubprocessLauncher({ ...parts, output: createContainerOutput() });
  const after = createSubprocessLauncher({ ...parts, output: createContainerOutput() });
  const ended: string[] = [];
  const start = (taskId: string, name: string) => {
    const container = { taskId, name, image: "x", argv: ["sleep", "300"], environment: {} };
    return before.start(container, (code) => void ended.push(`${name} ${code}`));
  };
  start("task-1", "first");
  start("task-1", "second");
  const stranger = start("task-10", "stranger");

  after.endLeftover("task-1");
  await after.idle();
  await until(() => ended.length >= 2 || undefined, () => ended.join());

  assert.deepEqual(ended.toSorted(), ["first 137", "second 137"]);
  stranger.signal("SIGTERM");
  await before.idle();
  assert.equal(ended.at(-1), "stranger 143");
});

Deno.test("sandbox: given SIGINT while a task runs, then it exits 0 and the task's process is gone", () =>
  withFolder(async (folder) => {
    const sandbox = await startSandbox(folder);
    const client = clientOf(sandbox);
    await runSleeper(client, `${folder}/pid`);
    const pid = await untilWritten(`${folder}/pid`);

    sandbox.signal("SIGINT");
    const code = await sandbox.exited;

    assert.equal(code, 0);
    await untilDead(pid);
    client.destroy();
  }));

async function refusal(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await command("sandbox", ...words).output();
  assert.equal(code, 1);
  assert.equal(new TextDecoder().decode(stdout), "");
  return new TextDecoder().decode(stderr);
}

/** The cluster is started after the rest, whose addresses are printed by then. */
async function refusalOfCluster(folder: string, port: string): Promise<string> {
  const { code, stderr } = await command("sandbox", "--data", folder, "--kubernetes-port", port).output();
  assert.equal(code, 1);
  return new TextDecoder().decode(stderr);
}

Deno.test("sandbox: given a folder or a port that another one uses, then it exits 1 and names the option", () =>
  withFolder(async (folder) => {
    const sandbox = await startSandbox(folder);
    const elsewhere = `${folder}/other`;

    const sameFolder = await refusal("--data", folder);
    const sameEcsPort = await refusal("--data", elsewhere, "--ecs-port", new URL(sandbox.ecsUrl).port);
    const sameApiPort = await refusal("--data", elsewhere, "--api-port", new URL(sandbox.apiUrl).port);
    const samePrefect3Port = await refusal(
      "--data",
      elsewhere,
      "--prefect3-port",
      new URL(sandbox.apiUrl).port,
    );

    const sameKubernetesPort = await refusalOfCluster(elsewhere, new URL(sandbox.kubernetesUrl).port);

    assert.match(sameFolder, /is another sandbox using it\?/);
    assert.match(sameEcsPort, /--ecs-port/);
    assert.match(sameApiPort, /--api-port/);
    assert.match(samePrefect3Port, /--prefect3-port/);
    assert.match(sameKubernetesPort, /^Cannot listen on port \d+ \(--kubernetes-port\)/m);
    sandbox.signal("SIGTERM");
    await sandbox.exited;
  }));

/** Process ids whose command line or environment names this text. */
async function processesThatName(text: string): Promise<string> {
  // The shell and its grep name the text as well: the one is known, the other has ended when it is looked for.
  const script = 'cd /proc; found=$(grep -alF -- "$1" [0-9]*/cmdline [0-9]*/environ); ' +
    'for file in $found; do [ -e "$file" ] && [ "${file%%/*}" != $$ ] && echo "$file"; done';
  return await shell(script, text);
}

Deno.test("demo: given it is left alone and no Python, then every run of both parts ends as it should within 60 s and nothing is left", async () => {
  const startedAt = performance.now();

  const { code, stdout } = await command("demo").output();

  const printed = new TextDecoder().decode(stdout);
  assert.equal(code, 0, printed);
  assert.ok(performance.now() - startedAt < 60_000);
  assert.equal(printed.match(/All 20 runs ended as they should/g)?.length, 2, printed);
  assert.match(printed, /too large 1 +Failed +yes/);
  assert.match(printed, /too large 1 +Crashed +yes/);
  assert.match(printed, /patient 1 +Completed +yes/);
  assert.equal(printed.match(/too large 1: .*RESOURCE:MEMORY/g)?.length, 2);
  assert.doesNotMatch(printed, /\bNO:/);
  const logs = [...printed.matchAll(/agent printed: +(\S+)/g)].map(([, log = ""]) => log);
  assert.equal(logs.length, 2);
  assert.match(await Deno.readTextFile(logs[0] ?? ""), /agent/);
  assert.match(await Deno.readTextFile(logs[1] ?? ""), /Worker 'demo' started!/);
  assert.equal(await processesThatName(dirname(logs[0] ?? "")), "");
});

for (const [flavour, generation] of [["ecs", 1], ["worker", 3]] as const) {
  Deno.test(`demo: given --flavour ${flavour}, then Prefect ${generation} alone is shown`, async () => {
    const { code, stdout } = await command("demo", "--flavour", flavour).output();

    const printed = new TextDecoder().decode(stdout);
    assert.equal(code, 0, printed);
    assert.equal(printed.match(/All 20 runs ended as they should/g)?.length, 1);
    assert.deepEqual(printed.match(/A Prefect \d API/g), [`A Prefect ${generation} API`]);
  });
}

Deno.test("demo: given --flavour kubernetes, then ten runs end as Jobs of the cluster, and nothing is left", async () => {
  const { code, stdout } = await command("demo", "--flavour", "kubernetes").output();

  const printed = new TextDecoder().decode(stdout);
  assert.equal(code, 0, printed);
  assert.match(printed, /All 10 runs ended as they should/);
  assert.match(
    printed,
    /too large 1: Job .* was not running after 10 s .*: FailedScheduling: .*Insufficient memory/,
  );
  assert.match(printed, /endless 1 +Cancelled +yes/);
  assert.doesNotMatch(printed, /\bNO:/);
  const [, log = ""] = /agent printed: +(\S+)/.exec(printed) ?? [];
  assert.match(await Deno.readTextFile(log), /Agent stopped: 10 launched/);
  assert.equal(await processesThatName(dirname(log)), "");
});

Deno.test("demo: given --stay, when all runs have ended, then page and API answer until SIGINT, and it exits 0", async () => {
  const child = command("demo", "--stay", "--flavour", "worker").spawn();
  child.stderr.pipeTo(new WritableStream()).catch(() => {});
  let printed = "";
  const statuses: number[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    const [, page] = /The page stays at (\S+) until/.exec(printed) ?? [];
    const [, api] = /The API stays at (\S+)/.exec(printed) ?? [];
    if (statuses.length > 0 || page === undefined || api === undefined) continue;
    for (const url of [page, api]) {
      const answer = await fetch(url);
      await answer.body?.cancel();
      statuses.push(answer.status);
    }
    child.kill("SIGINT");
  }

  assert.equal((await child.status).code, 0, printed);
  assert.equal(statuses[0], 200);
  assert.equal(statuses.length, 2);
  const folder = /--data (\S+)/.exec(printed)?.[1] ?? assert.fail(printed);
  assert.equal(await processesThatName(folder), "");
});

Deno.test("demo: given SIGINT in the middle, then it exits 130 and nothing is left", async () => {
  const child = command("demo").spawn();
  child.stderr.pipeTo(new WritableStream()).catch(() => {});
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (!printed.includes("Running") && (printed + text).includes("Running")) child.kill("SIGINT");
    printed += text;
  }

  assert.equal((await child.status).code, 130, printed);
  const folder = /--data (\S+)/.exec(printed)?.[1] ?? assert.fail(printed);
  assert.equal(await processesThatName(folder), "");
});
