import assert from "node:assert/strict";
import { readConfigFile } from "../../../actors/files/read_config_file.ts";

const here = new URL(import.meta.url).pathname;

Deno.test("readConfigFile: given a file, when read, then its text comes back", () => {
  assert.match(readConfigFile(here) ?? "", /^import assert/);
});

Deno.test("readConfigFile: given nothing, a folder, or a path through a file, when read, then null", () => {
  const paths = [`${here}.absent`, here.replace(/\/[^/]*$/, ""), `${here}/below`];

  assert.deepEqual(paths.map(readConfigFile), [null, null, null]);
});
