/**
 * The scripts of the image, with a `deno` that says what it was started with.
 *
 * @module
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { kill } from "node:process";

const IMAGE = new URL("../../../image/", import.meta.url).pathname;

/** Ends by itself, or with `wait` as its last word once it has got SIGTERM. */
const FAKE_DENO = `#!${Deno.execPath()} run
const { args } = Deno;
console.log("agent", ...args.slice(args.indexOf("/app/main.ts") + 1));
if (args.at(-1) === "wait") {
  const ended = new Promise((resolve) => Deno.addSignalListener("SIGTERM", () => resolve()));
  console.log("ready");
  const alive = setInterval(() => undefined, 1000);
  await ended;
  clearInterval(alive);
  console.log("drained");
}
`;

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the entry point in a process group of its own; SIGTERM goes to the group, as tini sends it. */
async function runImage(words: readonly string[], stopAt?: string): Promise<Ran> {
  const folder = await Deno.makeTempDir();
  const script = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
  };
  await script("deno", `#!/bin/sh\nexec ${Deno.execPath()} run -A ${folder}/deno.ts "$@"\n`);
  await script("deno.ts", FAKE_DENO.replace(/^#!.*\n/, ""));
  await script("prefect", await Deno.readTextFile(`${IMAGE}prefect`));
  await script("tini", '#!/bin/sh\nshift 2\nexec "$@"\n');
  const child = spawn("sh", [`${IMAGE}entrypoint`, ...words], {
    env: { PATH: `${folder}:/usr/bin:/bin`, NO_COLOR: "1" },
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Uint8Array) => {
    output += new TextDecoder().decode(chunk);
    if (stopAt !== undefined && output.includes(stopAt) && child.pid !== undefined) {
      stopAt = undefined;
      kill(-child.pid, "SIGTERM");
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  await Deno.remove(folder, { recursive: true });
  return { code, output };
}

for (
  const words of [
    ["ecs", "start", "--cluster", "c"],
    ["prefect", "agent", "ecs", "start", "--cluster", "c"],
    ["/usr/local/bin/prefect", "agent", "ecs", "start", "--cluster", "c"],
    ["sh", "-c", "prefect agent ecs start --cluster c"],
    ["/bin/sh", "-c", "true && prefect agent ecs start --cluster c"],
    ["env", "A=b", "prefect", "agent", "ecs", "start", "--cluster", "c"],
  ]
) {
  Deno.test(`image: given the container command ${words.join(" ")}, when started, then the agent gets its words`, async () => {
    const { code, output } = await runImage(words);

    assert.match(output, /^agent (agent )?ecs start --cluster c\n$/);
    assert.equal(code, 0);
  });
}

for (const words of [["ecs", "wait"], ["sh", "-c", "true && prefect agent ecs wait && echo after"]]) {
  Deno.test(`image: given ${words.join(" ")}, when SIGTERM comes, then the agent drains and the container ends with 0`, async () => {
    const { code, output } = await runImage(words, "ready\n");

    assert.match(output, /ready\ndrained\n/);
    assert.equal(code, 0);
  });
}
