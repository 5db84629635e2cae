import assert from "node:assert/strict";
import fc from "fast-check";
import { createContainerOutput } from "../../../sandbox/containers/container_output.ts";
import { textLines } from "../../../sandbox/containers/text_lines.ts";

Deno.test("container output: given more lines than are kept, then the newest stay", () => {
  const output = createContainerOutput({ lines: 2 });
  for (const text of ["one", "two", "three"]) output.add("flow/1", { at: 1, text });

  assert.deepEqual(output.lines("flow/1").map((line) => line.text), ["two", "three"]);
  assert.deepEqual(output.lines("flow/2"), []);
});

Deno.test("container output: given more streams than are kept, then the oldest goes", () => {
  const output = createContainerOutput({ streams: 2 });
  for (const stream of ["a", "b", "a", "c"]) output.add(stream, { at: 1, text: "x" });

  assert.deepEqual(output.streams(), ["b", "c"]);
});

Deno.test("container output: given a line without an end, then its first 4096 characters are kept", () => {
  const output = createContainerOutput();
  output.add("a", { at: 1, text: "x".repeat(4096) + "y".repeat(100_000) });

  assert.equal(output.lines("a")[0]?.text, "x".repeat(4096));
});

async function linesOf(chunks: readonly string[]): Promise<string[]> {
  return await Array.fromAsync(ReadableStream.from(chunks).pipeThrough(textLines()));
}

Deno.test("text lines: given text cut anywhere, then the lines are the same", async () => {
  const text = fc.stringMatching(/^[ab\n]{0,40}$/);
  await fc.assert(
    fc.asyncProperty(text, fc.nat(40), async (whole, cut) => {
      const expected = whole.split("\n");
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(await linesOf([whole.slice(0, cut), whole.slice(cut)]), expected);
    }),
    { numRuns: 50 },
  );
});

Deno.test("text lines: given ends of Windows and a line that never ends, then both are dealt with", async () => {
  assert.deepEqual(await linesOf(["a\r\nb"]), ["a", "b"]);
  assert.deepEqual((await linesOf(["x".repeat(70_000)])).map((line) => line.length), [70_000]);
});
