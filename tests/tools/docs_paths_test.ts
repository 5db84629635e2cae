import assert from "node:assert/strict";
import { missingPaths, type Page, pathsIn } from "../../tools/docs_paths.ts";

const PAGE = "# Map\n\nSee [the rules](limits.md#aws), `actors/gone.ts` and ![it](inspector.png).\n\n" +
  "```text\npoll   actors/poll.ts: asks the queue\nclaim  actors/\n```\n";

const EXISTING: ReadonlySet<string> = new Set([
  "docs/limits.md",
  "docs/inspector.png",
  "actors/poll.ts",
  "actors/",
  "schemas/beside.ts",
]);

function missing(...pages: readonly Page[]): readonly string[] {
  return missingPaths(pages, (path) => EXISTING.has(path));
}

Deno.test("docs paths: given a page that names a file which is gone, when checked, then page and path are named, the others are not", () => {
  assert.deepEqual(missing({ path: "docs/map.md", text: PAGE }), [
    "docs/map.md: actors/gone.ts does not exist",
  ]);
});

Deno.test("docs paths: given a link, when its page moves to another folder, then the link is missing", () => {
  const text = "[the rules](limits.md)";

  assert.deepEqual(missing({ path: "docs/map.md", text }), []);
  assert.deepEqual(missing({ path: "MAP.md", text }), ["MAP.md: limits.md does not exist"]);
});

Deno.test("docs paths: given words that are no paths of the project, when a page is read, then they are left alone", () => {
  const text =
    "`/api/health`, `~/.prefect/config.toml`, `s3://bucket/key.json`, `actors/*/x.ts`, `config.toml`, " +
    "[site](https://example.com/a.md), `key=value/`, actors/plain.ts";

  assert.deepEqual(pathsIn({ path: "README.md", text }), []);
});

Deno.test("docs paths: given a bare name of a source file, when a page is read, then it counts as a path", () => {
  assert.deepEqual(missing({ path: "README.md", text: "`poll.ts`" }), ["README.md: poll.ts does not exist"]);
});

Deno.test("docs paths: given a source, when checked, then only its comments count, and they may name a file beside it", () => {
  const text =
    '/** See `beside.ts`, `gone.ts` and `prefect/agent.py`. */\nconst a = "`schemas/b.ts`";\n// `schemas/c.ts`\n';

  assert.deepEqual(missing({ path: "schemas/a.ts", text }), [
    "schemas/a.ts: gone.ts does not exist",
    "schemas/a.ts: schemas/c.ts does not exist",
  ]);
});
