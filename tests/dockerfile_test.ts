import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";
import { importsOf } from "../tools/house/code.ts";

const ROOT = new URL("../", import.meta.url);

/** Top-level folders and files that `main.ts` imports, over any number of files. The image leaves out the sandbox. */
function importedByMain(): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = ["main.ts"];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    if (!/\.tsx?$/.test(path)) continue;
    for (const { to } of importsOf(Deno.readTextFileSync(new URL(path, ROOT)))) {
      const target = normalize(join(dirname(path), to));
      if (to.startsWith(".") && !target.startsWith("sandbox/")) open.push(target);
    }
  }
  return new Set([...seen].map((path) => path.split("/")[0] ?? ""));
}

Deno.test("Dockerfile: given everything that main.ts imports, when the image is built, then each folder is copied", () => {
  const lines = Deno.readTextFileSync(new URL("Dockerfile", ROOT)).split("\n");
  const copied = lines.flatMap((line) => /^COPY (.+) \S+$/.exec(line)?.[1]?.split(" ") ?? []);

  assert.deepEqual([...importedByMain()].filter((name) => !copied.includes(name)), []);
});

Deno.test("Dockerfile: given the words prefect agent, when the image has scripts for them, then both are on PATH and the agent has its permissions only", () => {
  const text = Deno.readTextFileSync(new URL("Dockerfile", ROOT));
  const script = Deno.readTextFileSync(new URL("image/prefect", ROOT));
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const permissions = (line: string) =>
    [...line.matchAll(/--allow-\S+|--v8-flags=\S+/g)].map(([flag]) => flag);

  assert.match(text, /^COPY image\/prefect image\/entrypoint \/usr\/local\/bin\/$/m);
  assert.match(text, /^ENTRYPOINT \["\/usr\/local\/bin\/entrypoint"\]$/m);
  assert.deepEqual(permissions(script).sort(), permissions(tasks.agent.command).sort());
});
