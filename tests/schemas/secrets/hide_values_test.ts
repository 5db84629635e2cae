import assert from "node:assert/strict";
import fc from "fast-check";
import { hideValues } from "../../../schemas/secrets/hide_values.ts";
import { messageText } from "../../../schemas/failure/message_text.ts";

Deno.test("hide values: given a refusal that quotes the request, when values are hidden, then names stay and values do not", () => {
  const request = [{ name: "LONGER", value: "hunter22-and-more" }, { name: "PASSWORD", value: "hunter22" }];

  const told = hideValues(`Bad override: ${JSON.stringify(request)}`, ["hunter22-and-more", "hunter22"]);

  const hidden = [{ name: "LONGER", value: "(hidden)" }, { name: "PASSWORD", value: "(hidden)" }];
  assert.equal(told, `Bad override: ${JSON.stringify(hidden)}`);
});

Deno.test("hide values: given a value that JSON escapes, when the JSON is quoted, then it is hidden as well", () => {
  const value = 'line one\n"two"\\';

  assert.equal(hideValues(`Bad: ${JSON.stringify({ value })}`, [value]), 'Bad: {"value":"(hidden)"}');
});

Deno.test("hide values: given a text that was cut within a value, when values are hidden, then no part of it is left", () => {
  const value = "s3cret-0123456789";
  fc.assert(fc.property(fc.integer({ min: 6, max: value.length - 1 }), (length) => {
    for (const end of ["…", "… (20000 characters in all)"]) {
      assert.equal(hideValues(`Bad ${value.slice(0, length)}${end}`, [value]), `Bad (hidden)${end}`);
    }
  }));
});

Deno.test("hide values: given a long refusal with a secret at any place, when cut and hidden in either order, then it is gone", () => {
  const value = "s3cret-0123456789";
  fc.assert(fc.property(fc.integer({ min: 9_900, max: 10_050 }), (before) => {
    const text = `${"x".repeat(before)}${value}${"y".repeat(500)}`;
    for (const told of [hideValues(messageText(text), [value]), messageText(hideValues(text, [value]))]) {
      assert.ok(!told.includes(value.slice(0, 6)), told.slice(-60));
    }
  }));
});
