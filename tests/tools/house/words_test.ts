import assert from "node:assert/strict";
import { wordBreaches } from "../../../tools/house/words.ts";

const wordsIn = (text: string, path = "machines/a.ts"): readonly string[] =>
  wordBreaches([{ path, text }]).map(({ what }) => /^"(.*)" is/.exec(what)?.[1] ?? "");

Deno.test("words: given a foreign word in code, a comment or a message, when a neutral room has it, then it is a breach", () => {
  const rows = [
    ["const taskArn = 1;", ["taskArn"]],
    ["const arns = [];", ["arns"]],
    ["type A = EcsCalls;", ["EcsCalls"]],
    ["class ECSAgent {}", ["ECSAgent"]],
    ["// AWS refuses it", ["AWS"]],
    ['throw new Error("ask IAM");', ["IAM"]],
    ["`Fargate ${a}`", ["Fargate"]],
    ["const ecs_calls = 1;", ["ecs"]],
    ["/** What RunTask gets as `startedBy`. */", ["RunTask", "startedBy"]],
    ['type === "Submitted"', ["Submitted"]],
    ["// Prefect 1 and prefect1", ["Prefect 1", "prefect1"]],
    ["isSpot || Spot", ["Spot"]],
  ] as const;

  for (const [text, expected] of rows) assert.deepEqual(wordsIn(text), expected, text);
});

Deno.test("words: given the chart's own names and plain English, when they are checked, then there is no breach", () => {
  const text =
    "ensuringTaskDefinition runningTask runTask stopTask submitted // on the spot, Prefect answers, darn, second";

  assert.deepEqual(wordsIn(text), []);
});

Deno.test("words: given an import, when its path has a foreign word, then the rule about imports reports it, not this one", () => {
  assert.deepEqual(wordsIn('import type { Call } from "../actors/ecs/calls.ts";'), []);
});

Deno.test("words: given a room of a platform, when it names the platform, then there is no breach", () => {
  assert.deepEqual(wordsIn("const taskArn = 1;", "actors/ecs/a.ts"), []);
  assert.deepEqual(wordsIn("const taskArn = 1;", "agent/a.ts"), ["taskArn"]);
});
