import assert from "node:assert/strict";
import fc from "fast-check";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";
import { MAX_MESSAGE, messageText, printable } from "../../../schemas/failure/message_text.ts";

const cases: readonly (readonly [what: string, given: string, shown: string])[] = [
  ["letters of any script", "déjà שלום مرحبا 👩‍👩‍👧 ß", "déjà שלום مرحبا 👩‍👩‍👧 ß"],
  ["tab and line feed", "a\tb\nc", "a\tb\nc"],
  ["a line end of two", "a\r\nb", "a\nb"],
  ["a bare carriage return", "a\rb", "a�b"],
  ["an escape sequence", "\u001b[31mred\u001b[0m", "�[31mred�[0m"],
  ["NUL, bell, backspace, DEL", "\u0000\u0007\b\u007f", "����"],
  ["C1", "\u0085\u009b1m", "��1m"],
  ["marks that turn the direction", "\u202egnp.exe\u2066x\u2069", "�gnp.exe�x�"],
  ["marks of direction without a width", "a\u200eb\u200fc\u061cd", "a�b�c�d"],
  ["characters that nobody sees", "pay\u200bpal\u2060\ufeff\u00ad\u180e.com", "pay�pal����.com"],
  ["joiners between letters of ASCII", "pay\u200dpal\u200c.com", "pay�pal�.com"],
  ["joiners where they mean something", "می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧"],
  ["tags, which hide a text", "a\u{e0061}\u{e0062}b", "a��b"],
  ["marks of annotations", "a\ufff9b\ufffac\ufffbd", "a�b�c�d"],
  ["separators of lines", "a\u2028b\u2029c", "a�b�c"],
];

for (const [what, given, shown] of cases) {
  Deno.test(`message text: given ${what}, when it is shown, then nothing in it steers the terminal`, () => {
    assert.equal(printable(given), shown);
    assert.equal(messageText(given), shown);
  });
}

Deno.test("message text: given any text, when it is shown, then it is bounded, and showing it again changes nothing", () => {
  const texts = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(fc.property(texts, fc.nat({ max: 2000 }), (text, times) => {
    const shown = messageText(text.repeat(times));

    assert.ok(shown.length <= MAX_MESSAGE);
    assert.equal(messageText(shown), shown);
  }));
});

Deno.test("message text: given a text too long, when it is shown, then it says how long it was and parts no pair", () => {
  const shown = messageText(`x${"👍".repeat(10_000)}`);

  assert.match(shown, /👍… \(20001 characters in all\)$/u);
  assert.ok(shown.isWellFormed());
});

Deno.test("failure: given a message that quotes anything, when it is thrown, then what is kept is fit to print", () => {
  const error = new FailureError({ tag: "usage", message: "Unknown option --\u001b[2J" });

  assert.equal(error.failure.message, "Unknown option --�[2J");
  assert.equal(error.message, error.failure.message);
  assert.equal(toFailure(new TypeError("\u0007")).message, "TypeError: �");
});
