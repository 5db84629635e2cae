import assert from "node:assert/strict";
import { folderBreaches, MOST_SOURCES } from "../../../tools/house/folders.ts";

Deno.test("folders: given one source more than allowed, when folders are counted, then that folder is a breach", () => {
  const files = (folder: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ path: `${folder}/f${i}.ts`, text: "" }));
  const inside = [
    ...files("agent", MOST_SOURCES + 1),
    ...files("machines", MOST_SOURCES),
    ...files("agent/x", 1),
  ];

  assert.deepEqual(folderBreaches(inside).map(({ path }) => path), ["agent"]);
});
