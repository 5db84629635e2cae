import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText } from "../../../schemas/text/decode_text.ts";
import { encoded, ENCODINGS, UNREADABLE } from "../../support/encodings.ts";

for (const encoding of ENCODINGS) {
  Deno.test(`decodeText: given any text in ${encoding}, when decoded, then it is the text again`, () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      // A text that begins with NUL, or is one character with a NUL beside it, looks like UTF-16 without a mark.
      fc.pre(!text.slice(0, 2).includes("\0") && !text.startsWith("\ufeff"));

      assert.deepEqual(decodeText(encoded(text, encoding)), { text });
    }));
  });
}

for (const { name, bytes, atByte } of UNREADABLE) {
  Deno.test(`decodeText: given ${name}, when decoded, then it is refused at its first byte that is no text`, () => {
    const read = decodeText(bytes);

    assert.ok("problem" in read);
    assert.equal(read.atByte, atByte);
    assert.match(read.problem, new RegExp(`^at byte offset ${atByte} .*accepted are UTF-8, and UTF-16 with`));
  });
}

Deno.test("decodeText: given any bytes, when decoded, then a replacement character is only where its bytes are", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    const read = decodeText(bytes);

    if ("problem" in read) assert.ok(read.atByte <= bytes.length);
    else {
      const given = ENCODINGS.map((encoding) => encoded(read.text, encoding));
      assert.ok(given.some((again) => `${again}` === `${bytes}`), "another text encodes to these bytes");
    }
  }));
});

Deno.test("decodeText: given a replacement character that was sent, when decoded, then it stays", () => {
  assert.deepEqual(decodeText(new TextEncoder().encode("a\ufffdb")), { text: "a\ufffdb" });
});
