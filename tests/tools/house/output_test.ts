import assert from "node:assert/strict";
import { outputBreaches } from "../../../tools/house/output.ts";

const breachesIn = (path: string, text: string) => outputBreaches([{ path, text }]).map(({ line }) => line);

for (
  const text of [
    "Deno.stdout.writeSync(x);",
    "await Deno . stderr.write(x);",
    "console.log(x);",
    "globalThis.console.error(x);",
  ]
) {
  Deno.test(`output: given ${text} in a product room, when checked, then it is a breach; in the room of output it is none`, () => {
    assert.deepEqual(breachesIn("commands/x.ts", `\n${text}`), [2]);
    assert.deepEqual(breachesIn("sandbox/demo/x.ts", text), [1]);
    assert.deepEqual(breachesIn("actors/output/x.ts", text), []);
  });
}

Deno.test("output: given a question about the terminal, a comment and an address, when checked, then there is no breach", () => {
  const text =
    "// console.log\nconst isTerminal = Deno.stdout.isTerminal();\nconst url = `https://console.example.com`;";

  assert.deepEqual(breachesIn("commands/x.ts", text), []);
});
