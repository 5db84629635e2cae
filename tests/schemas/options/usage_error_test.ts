import assert from "node:assert/strict";
import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { shown, shownValue } from "../../../schemas/options/usage_error.ts";
import { failureOf } from "../../support/goldens/ecs_plan.ts";

const words: readonly (readonly [word: string, shownAs: string, valueShownAs: string])[] = [
  ["info", "'info'", "'info'"],
  ["", "''", "''"],
  ["NAME=secret", "'NAME'", "'NAME'"],
  ["--token=secret", "--token", "--token"],
  ["-tsecret", "-t", "-t"],
  ["pcu_0123456789abcdefghij", "a word of 24 characters", "a word of 24 characters"],
  ["0123456789abcdefghijk=secret", "a word of 28 characters", "a word of 28 characters"],
];

for (const [word, shownAs, valueShownAs] of words) {
  Deno.test(`usage: given the word "${word}", when a message shows it, then nothing that may be secret`, () => {
    assert.equal(shown(word), shownAs);
    assert.equal(shownValue(word), valueShownAs);
  });
}

Deno.test("usage: given a pair in place of a forgotten value, when refused, then the message shows its name only", () => {
  const { tag, message } = failureOf(() =>
    parseCommandLine(["fargate", "start", "--log-level", "KEY=hunter22"])
  );

  assert.equal(tag, "usage");
  assert.match(message, /--log-level.*'KEY'.*'DEBUG'/);
  assert.ok(!message.includes("hunter22"));
});
