import assert from "node:assert/strict";
import { ecsRows, fargateRows, workerRows } from "../../commands/cli/flavour_rows.ts";
import { PAGES, renderTable, TABLES, withTables } from "../../tools/option_docs.ts";

function read(page: string): string {
  return Deno.readTextFileSync(new URL(`../../${page}`, import.meta.url));
}

for (const page of PAGES) {
  Deno.test(`option docs: given ${page}, when rendered anew, then nothing changes`, () => {
    const text = read(page);

    assert.equal(withTables(text, TABLES), text, `${page} is stale: run tools/option_docs.ts`);
  });
}

Deno.test("option docs: given every option of every flavour, when looked up, then its page names it", () => {
  for (const { name } of ecsRows.options) assert.ok(read("docs/ecs.md").includes(`\`--${name}\``), name);
  for (const { name } of [...workerRows.options, ...workerRows.explaining]) {
    assert.ok(read("docs/worker.md").includes(`| \`--${name}\``), name);
  }
  for (const { name } of fargateRows.pairs) {
    assert.match(read("docs/fargate.md"), new RegExp(`\`(--)?${name.replace(/[[\].]/g, "\\$&")}[\`=]`), name);
  }
});

Deno.test("renderTable: given a row with pipes and a full stop, when rendered, then the cells stay whole", () => {
  const row = { name: "x", short: "y", type: "text", since: "1", description: "a | b." } as const;

  const text = renderTable({ name: "t", style: "option", rows: [row] });

  assert.ok(text.includes("| `--x`, `-y` |  | text |  |  | 1 | a \\| b |  |"), text);
});

Deno.test("withTables: given unknown or open markers, when filled in, then it is refused", () => {
  assert.throws(() => withTables("<!-- options:nope -->\n<!-- /options:nope -->", TABLES), /no such table/);
  assert.throws(() => withTables("<!-- options:ecs -->\n", TABLES), /end marker is missing/);
});
