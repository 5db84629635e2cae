/** Words that metrics, traces and the inspector use for failures. @module */

import assert from "node:assert/strict";
import { failureWord } from "../../../schemas/observability/failure_word.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";

const message = "no";
const ROWS: readonly (readonly [failure: Failure, word: string])[] = [
  [{ tag: "refused", service: "ECS", code: "ClientException", operation: "RunTask", message }, "awsRefused"],
  [{ tag: "notPlaced", class: "accountLimit", failures: [], message }, "awsRefused"],
  [{ tag: "notPlaced", class: "accountLimit", failures: [{ reason: "vCPU limit" }], message }, "notPlaced"],
  [{ tag: "notPlaced", class: "capacity", failures: [{}], message }, "notPlaced"],
  [{ tag: "throttled", retryAfterMs: 1, message }, "throttled"],
  [{ tag: "taskStopped", class: "exited", wasRunning: true, taskId: "t", message }, "taskStopped"],
];

for (const [failure, word] of ROWS) {
  Deno.test(`failure word: given ${JSON.stringify(failure)}, when it is exported, then its word is ${word}`, () => {
    assert.equal(failureWord(failure), word);
  });
}
