import assert from "node:assert/strict";
import { readBody } from "../../../actors/guard/read_body.ts";

/** So many chunks; `given` counts those that were taken. */
function chunks(count: number, chunk = new TextEncoder().encode("0123456789")) {
  const seen = { given: 0 };
  async function* all(): AsyncGenerator<Uint8Array> {
    while (seen.given < count) {
      seen.given += 1;
      yield await Promise.resolve(chunk);
    }
  }
  return { seen, body: all() };
}

Deno.test("readBody: given a body within the bound, when read, then its text comes", async () => {
  assert.equal(await readBody(null, 5), "");
  assert.equal(await readBody(chunks(2).body, 20), "01234567890123456789");
});

Deno.test("readBody: given a body without end, when read, then it is given up 16 MiB after the bound", async () => {
  const { seen, body } = chunks(Infinity, new Uint8Array(1024 * 1024));

  assert.equal(await readBody(body, 3 * 1024 * 1024), null);
  assert.equal(seen.given, 20);
});

Deno.test("readBody: given a body that is longer than the bound, when read, then it is null however it is cut", async () => {
  assert.equal(await readBody(chunks(10).body, 100), "0123456789".repeat(10));
  assert.equal(await readBody(chunks(10).body, 99), null);
  assert.equal(await readBody(chunks(11).body, 100), null);
});

Deno.test("readBody: given characters that are cut by chunks, when read, then they are whole", async () => {
  const bytes = new TextEncoder().encode("ä€😀");
  async function* each(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield await Promise.resolve(new Uint8Array([byte]));
  }

  assert.equal(await readBody(each(), 100), "ä€😀");
});
