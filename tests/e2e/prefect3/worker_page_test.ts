/**
 * The commands of docs/worker.md, as a newcomer copies them: from a Prefect server to a flow run on the local ECS.
 *
 * What installs Prefect is left out, `.venv` is that of `PREFECT3_PYTHON`, and ports are free ones. Where that variable is not
 * set, the test is ignored and says so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/prefect3_server.ts";
import { denoDir, until } from "../support/process.ts";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
const PAGE = Deno.readTextFileSync(join(PROJECT, "docs/worker.md"));

/** The blocks of one language below the heading that a newcomer follows. */
function blocks(language: string): readonly string[] {
  const section = PAGE.split("\n## ").find((part) => part.startsWith("From nothing to a flow run")) ?? "";
  return [...section.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((
    [, text = ""],
  ) => text);
}

const python = Deno.env.get("PREFECT3_PYTHON") || undefined;
const MISSING = "PREFECT3_PYTHON does not name a Python with Prefect 3";

/** What was typed into one terminal. */
interface Terminal {
  readonly output: () => string;
  readonly exited: Promise<number>;
  /** Ends everything that was started in it. */
  readonly close: () => void;
}

/** Types the commands of one block; what they start is one group of processes. */
function type(commands: string, name: string, { folder, port }: { folder: string; port: number }): Terminal {
  const lines = commands.split("\n").filter((line) => !line.includes("pip install")).map((line) =>
    line.replaceAll("4200", String(port)).replace("server start", `server start --port ${port}`)
      .replace("npx --yes deno@2.9.6 task", `deno task --cwd "$PROJECT"`)
  );
  const log = join(folder, `${name}.log`);
  const script = `cd "$FOLDER"; exec > "${log}" 2>&1\n${lines.join("\n")}`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-ec", script],
    clearEnv: true,
    env: {
      HOME: folder,
      FOLDER: folder,
      PROJECT,
      PREFECT_HOME: join(folder, "prefect"),
      PREFECT_SERVER_ANALYTICS_ENABLED: "false",
      PATH: `${dirname(Deno.execPath())}:/usr/local/bin:/usr/bin:/bin`,
      DENO_DIR: denoDir(),
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  return {
    output: () => {
      try {
        return Deno.readTextFileSync(log);
      } catch {
        return "";
      }
    },
    exited: child.status.then(({ code }) => code),
    close: () => {
      try {
        Deno.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    },
  };
}

async function follow(folder: string, terminals: Terminal[]): Promise<void> {
  const site = { folder, port: freePort() };
  const open = (commands: string, name: string): Terminal => {
    const terminal = type(commands, name, site);
    terminals.push(terminal);
    return terminal;
  };
  const told = () => terminals.map((one) => one.output().slice(-3000)).join("\n--\n");
  const [server = "", ecs = "", worker = "", flow = ""] = blocks("sh");
  await Deno.symlink(dirname(dirname(python ?? "")), join(folder, ".venv"));
  await Deno.writeTextFile(join(folder, "hello.py"), blocks("python")[0] ?? "");
  open(server, "server");
  const url = `http://127.0.0.1:${site.port}/api/health`;
  const isUp = () => fetch(url).then((answer) => answer.text()).then(() => true, () => undefined);
  await until(isUp, told, 120_000);
  const local = open(ecs.replace("task sandbox", `task sandbox --data "$FOLDER/.sandbox"`), "ecs");
  await until(() => /Local ECS:/.test(local.output()) || undefined, told);
  const working = open(worker, "worker");
  await until(() => /started!/.test(working.output()) || undefined, told);
  const deployed = open(flow, "flow");
  let code: number | undefined;
  deployed.exited.then((ended) => code = ended);
  assert.equal(await until(() => code, told, 120_000), 0, told());
  assert.match(deployed.output(), /Completed/);
  assert.match(working.output(), /Completed submission of flow run/);
}

Deno.test({
  name: `docs/worker.md: given its commands, when they are typed, then a flow run completes${
    python === undefined ? ` (ignored: ${MISSING})` : ""
  }`,
  ignore: python === undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const terminals: Terminal[] = [];
    try {
      await follow(folder, terminals);
    } finally {
      terminals.toReversed().forEach(({ close }) => close());
      await Promise.all(terminals.map(({ exited }) => exited));
      await Deno.remove(folder, { recursive: true });
    }
  },
});
