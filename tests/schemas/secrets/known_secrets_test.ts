/** Secrets that the process knows. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { hideSecrets } from "../../../schemas/secrets/hide_text.ts";
import { knownSecrets } from "../../../schemas/secrets/known_secrets.ts";
import { messageText } from "../../../schemas/failure/message_text.ts";

const credential = fc.string({ unit: "grapheme", minLength: 24, maxLength: 200 })
  .filter((text) => text.isWellFormed() && text.length >= 24);
const filling = fc.constantFrom("", " ", "é", "x=", "\n", '"');

const WAYS: readonly (readonly [what: string, quote: (text: string) => string])[] = [
  ["as it is", (text) => text],
  ["as JSON", (text) => JSON.stringify({ text })],
  ["as JSON in JSON", (text) => JSON.stringify(JSON.stringify([text]))],
  ["URL-encoded", encodeURIComponent],
  [
    "URL-encoded in lower case",
    (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  ],
  [
    "with all of ASCII escaped",
    (text) => text.replace(/[!-~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, "0")}`),
  ],
];

const ascii = fc.string({ unit: "grapheme-ascii", minLength: 24, maxLength: 80 });

for (const [what, quote] of WAYS) {
  Deno.test(`known secrets: given a credential quoted ${what}, when hidden, then no piece of 12 is left`, () => {
    fc.assert(fc.property(ascii, filling, filling, (secret, before, after) => {
      const known = knownSecrets({ credentials: [secret], values: [] });

      const shown = hideSecrets(quote(`${before}${secret}${after}`), known);

      const written = quote(secret);
      for (let at = 0; at + 24 <= written.length; at++) {
        const piece = written.slice(at, at + 24);
        if (!piece.includes("(hidden)")) assert.ok(!shown.includes(piece), shown);
      }
    }));
  });
}

Deno.test("known secrets: given any credential, when half of it is quoted, then that half is hidden", () => {
  fc.assert(fc.property(ascii, fc.nat({ max: 12 }), filling, (secret, from, after) => {
    const known = knownSecrets({ credentials: [secret], values: [] });
    const half = secret.slice(from, from + 12);

    assert.ok(!hideSecrets(`a ${half}${after} b`, known).includes(half));
  }));
});

Deno.test("known secrets: given a credential in base64 after any name, when hidden, then it cannot be decoded", () => {
  fc.assert(fc.property(ascii, fc.constantFrom("", "m", "me", "me:", "user:"), (secret, name) => {
    const known = knownSecrets({ credentials: [secret], values: [] });

    const shown = hideSecrets(`got ${btoa(name + secret)}`, known);

    const left = shown.slice(4).split("(hidden)").filter((part) => part.length > 12);
    assert.deepEqual(left, [], shown);
  }));
});

Deno.test("known secrets: given characters outside of ASCII, when hidden, then also URL-encoded ones are", () => {
  fc.assert(fc.property(credential, (secret) => {
    const known = knownSecrets({ credentials: [secret], values: [secret] });

    assert.ok(!hideSecrets(`a ${secret} b`, known).includes(secret));
    assert.ok(!hideSecrets(encodeURIComponent(secret), known).includes(encodeURIComponent(secret)));
  }));
});

Deno.test("known secrets: given a text that was cut within a value, when hidden, then no part of it is left", () => {
  const value = "s3cret-0123456789";
  const known = knownSecrets({ credentials: [], values: [value] });
  fc.assert(fc.property(fc.integer({ min: 6, max: value.length - 1 }), (length) => {
    for (const end of ["", "…", "… (20000 characters in all)", "...", "... and more"]) {
      assert.equal(hideSecrets(`Bad ${value.slice(0, length)}${end}`, known), `Bad (hidden)${end}`);
    }
  }));
});

Deno.test("known secrets: given a long refusal with a secret at any place, when cut and hidden in either order, then it is gone", () => {
  const value = "s3cret-0123456789";
  const known = knownSecrets({ credentials: [], values: [value] });
  fc.assert(fc.property(fc.integer({ min: 9_900, max: 10_050 }), (before) => {
    const text = `${"x".repeat(before)}${value}${"y".repeat(500)}`;
    for (const told of [hideSecrets(messageText(text), known), messageText(hideSecrets(text, known))]) {
      assert.ok(!told.includes(value.slice(0, 6)), told.slice(-60));
    }
  }));
});

Deno.test("known secrets: given values under six characters, when hidden, then texts stay as they are", () => {
  assert.equal(knownSecrets({ credentials: ["abc", ""], values: ["defgh"] }), null);
});

Deno.test("known secrets: given a value, when a part of it is quoted in the middle of a text, then it stays: it may be a word", () => {
  const known = knownSecrets({ credentials: [], values: ["production"] });

  assert.equal(hideSecrets("a product of production here", known), "a product of (hidden) here");
});
