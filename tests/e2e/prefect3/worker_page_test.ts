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
import { denoDir, type Process, startProcess, until } from "../support/process.ts";

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

Deno.test({
  name: `docs/worker.md: given its commands, when they are typed, then a flow run completes${
    python === undefined ? ` (ignored: ${MISSING})` : ""
  }`,
  ignore: python === undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const port = freePort();
    const started: Process[] = [];
    const type = (commands: string): Process => {
      const lines = commands.split("\n").filter((line) => !line.includes("pip install"))
        .map((line) =>
          line.replaceAll("4200", String(port)).replace("server start", `server start --port ${port}`)
        );
      const words = lines.map((line) =>
        line.replace("npx --yes deno@2.9.6 task", `deno task --cwd "$PROJECT"`)
      );
      const child = startProcess("/bin/sh", ["-ec", `cd "$FOLDER"\n${words.join("\n")}`], {
        HOME: folder,
        FOLDER: folder,
        PROJECT,
        PREFECT_HOME: join(folder, "prefect"),
        PREFECT_SERVER_ANALYTICS_ENABLED: "false",
        PATH: `${dirname(Deno.execPath())}:/usr/local/bin:/usr/bin:/bin`,
        DENO_DIR: denoDir(),
        NO_COLOR: "1",
      });
      started.push(child);
      return child;
    };
    const [server = "", ecs = "", worker = "", flow = ""] = blocks("sh");
    try {
      await Deno.symlink(dirname(dirname(python ?? "")), join(folder, ".venv"));
      await Deno.writeTextFile(join(folder, "hello.py"), blocks("python")[0] ?? "");
      const serving = type(server);
      const isUp = () =>
        fetch(`http://127.0.0.1:${port}/api/health`).then((answer) => answer.text()).then(
          () => true,
          () => undefined,
        );
      await until(isUp, () => serving.output().slice(-2000), 120_000);
      const local = type(ecs.replace("task sandbox", `task sandbox --data "$FOLDER/.sandbox"`));
      await until(() => /Local ECS:/.test(local.output()) || undefined, local.output);
      const working = type(worker);
      await until(() => /started!/.test(working.output()) || undefined, () => working.output().slice(-3000));

      const deployed = type(flow);

      assert.equal(await deployed.exited, 0, deployed.output().slice(-3000) + working.output().slice(-3000));
      assert.match(deployed.output(), /Completed/);
      assert.match(working.output(), /Completed submission of flow run/);
    } finally {
      for (const one of started.toReversed()) one.signal("SIGTERM");
      const late = setTimeout(() => started.forEach((one) => one.signal("SIGKILL")), 10_000);
      await Promise.all(started.map(({ exited }) => exited));
      clearTimeout(late);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
