import assert from "node:assert/strict";
import fc from "fast-check";
import { startMappingThread } from "../../../actors/parsing/mapping_thread.ts";
import type { MappingText } from "../../../schemas/json/mapping_text.ts";
import { parseMapping } from "../../../schemas/yaml/mapping.ts";

/** A thread that is asked one text after the other. */
async function withThread(
  use: (parse: (text: string) => Promise<MappingText>) => Promise<void>,
): Promise<void> {
  let answer = (_: MappingText): void => undefined;
  let fail = (_: Error): void => undefined;
  const thread = startMappingThread({
    answered: (parsed) => answer(parsed),
    broken: (why) => fail(new Error(why)),
  });
  try {
    await use((text) =>
      new Promise((resolve, reject) => {
        answer = resolve;
        fail = reject;
        thread.parse({ text, texts: [] });
      })
    );
  } finally {
    thread.end();
  }
}

const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}`;

const CORNERS: readonly string[] = [
  "",
  "# nothing",
  "a: 1",
  "__proto__: {constructor: 1}",
  "a: &x {b: 1}\nc: *x\nd: {<<: *x}",
  "a: 2023-01-02",
  "a: .inf",
  "a: 12345678901234567890",
  "a: !secret x",
  "a: [\n1,\n'x\ny'\n]",
  "- a",
  "a: \u0007",
  "a: \ud800",
  `a: ${"x".repeat(300_000)}`,
  `a: [${",".repeat(100_001)}]`,
  `a: [${"1,".repeat(20_001)}]`,
  ...[190, 210, 400, 1000, 5000].map(nested),
];

const parts = fc.constantFrom(
  "a: ",
  "b",
  "[",
  "]",
  "{",
  "}",
  ", ",
  "\n",
  "\n  ",
  "- ",
  "'",
  '"',
  "&x ",
  "*x",
  "<<: ",
  "!t ",
  "| \n",
  "#",
);

const texts = fc.oneof(
  fc.array(parts, { maxLength: 30 }).map((some) => some.join("")),
  fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
  fc.string({ unit: "binary" }),
);

Deno.test("thread: given corners of YAML and any text, when a thread parses them, then it answers as the caller's own thread would", async () => {
  await withThread(async (parse) => {
    for (const text of CORNERS) {
      assert.deepEqual(await parse(text), parseMapping(text), text.slice(0, 50));
    }
    await fc.assert(
      fc.asyncProperty(texts, async (text) => assert.deepEqual(await parse(text), parseMapping(text))),
    );
  });
});
