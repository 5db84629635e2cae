/**
 * Worlds of Prefect 3: they repeat themselves, keep the guarantee, and lose it with a planted bug.
 *
 * @module
 */

import assert from "node:assert/strict";
import { check3 } from "../../../simulation/prefect3/checker.ts";
import { playSeed3 } from "../../../simulation/prefect3/run_seed.ts";
import { timeline } from "../../../simulation/timeline.ts";

const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

/** Ids that processes choose by chance are no part of a world. */
function plain(line: string): string {
  return line.replace(/"process":"[0-9a-f]{8}"/g, "").replace(/process [0-9a-f]{8}/g, "");
}

Deno.test("a world of Prefect 3: given the same seed twice, when played, then the same history", async () => {
  for (const seed of [2, 6, 12]) {
    const [one, two] = [timeline(await playSeed3(seed)), timeline(await playSeed3(seed))];

    assert.ok(one.length > 20);
    assert.deepEqual(one.map(plain), two.map(plain));
  }
});

Deno.test("a world of Prefect 3: given fixed seeds, when played, then everything is settled and nothing is broken", async () => {
  for (const seed of range(1, 12)) {
    const played = await playSeed3(seed);

    assert.deepEqual(check3(played), [], `seed ${seed}`);
    assert.ok(played.history.some(({ what }) => what === "state"), `seed ${seed}`);
  }
});

for (
  const [seed, story] of [
    [
      12,
      "the name Submitting was sent again after a minute, when the run had completed: it was PENDING for ever",
    ],
    [23, "a run was cancelled while its task was still looked for: its flow got 10 s in place of the grace"],
    [45, "the name Submitting waited for its turn until the run had completed, and took its end back"],
    [
      46,
      "the task of a run that was found again ended, and was found again and again instead of failing the run",
    ],
    [70, "the name Submitting came after the flow had failed"],
    [
      201,
      "a worker read the details of a page for a minute, and claimed runs that had ended or been retried meanwhile",
    ],
    [
      241,
      "a claim was sent again for minutes although the worker had read that another worker had run the flow",
    ],
    [296, "a claim was answered a minute late, when another worker had run the flow: it is Completed again"],
    [
      485,
      "the id of a task was sent again when the run had been retried, over the id of its new task",
    ],
    [592, "the id of a task was sent again by a worker that had claimed the run anew"],
    [568, "a claim that the network delivered twice was taken up under the claim of the launch before"],
    [
      636,
      "a state of its launch took back the end of a run, and a person cancelled it then: it had completed",
    ],
    [
      97,
      "of two namesakes one started the next attempt with a new definition and the next token, and the other with this one",
    ],
    [
      1375,
      "a RunTask with a new definition and the next token was answered with nothing, and the former token was sent again",
    ],
    [
      540,
      "a process ended before the API took the label of a run that had begun: the next one did not know it, and it waited for ever for a retry in a task that was gone",
    ],
    [
      796,
      "a process ended before the API took the label of a run that had begun and whose task ended without a word",
    ],
    [
      1551,
      "a process ended before the API took the labels of two runs that had begun: they were followed by nobody",
    ],
    [
      1577,
      "a run was cancelled while its task came up, nobody told of it, and it was launched once more when that task did not start",
    ],
    [
      1272,
      "a server of 3.4 keeps the mark of a process that was killed, and the run was left alone for ever",
    ],
    [1323, "a claim for the first moment of a run was granted when it had run and been retried"],
    [1436, "the id of a task that was taken up was sent again after the run's next launch"],
    [
      3895,
      "the name Submitting came after a retry in process had completed, and the run was taken up and launched again",
    ],
    [
      4144,
      "a claim was delivered twice, the second time after the flow had completed: it was launched again",
    ],
    [1880, "a run was cancelled whose task another process had replaced: the new one was stopped at once"],
    [1561, "two workers cancelled a run, and one told it again a minute later, over what it had read since"],
    [
      1993,
      "the first id of a task came late, was sent again, and stayed as the id of a suspended run's next task",
    ],
  ] as const
) {
  Deno.test(`a world of Prefect 3: given seed ${seed}, where ${story}, when played, then nothing is broken`, async () => {
    const violations = check3(await playSeed3(seed));

    assert.deepEqual(violations, []);
  });
}
