/** What is said of a refused launch whose definition comes from a file that the run names. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { refusedCall } from "../../../../actors/aws/failure.ts";
import { memberNamesIn } from "../../../../actors/aws/member_names.ts";
import { discreetFailure } from "../../../../schemas/ecs/advice/discreet_failure.ts";
import { notPlaced } from "../../../../schemas/ecs/placement_reasons.ts";
import { type Failure, FailureError, toFailure } from "../../../../schemas/failure/failure.ts";
import { unplacedText } from "../../../../schemas/prefect1/unplaced_text.ts";

const WORD = "w0rd-of-the-file";
const DEPS = { what: "flow run run-1", unplacedText, namesIn: memberNamesIn };
const FILE = {
  family: "f",
  containerDefinitions: [{ name: WORD, memory: 4321, dockerLabels: { "own-label": "own value of it" } }],
};
const PLAN = {
  runTask: { cluster: "blue" },
  definition: { how: "perRun", request: FILE, ownFamily: null },
} as const;
const told = (failure: Failure) => discreetFailure(failure, PLAN, DEPS);

const refusal = (operation: string, code: string, text: string, status = 400) =>
  toFailure(
    refusedCall({ code, text, status, resourceIds: [] }, { service: "ECS", operation, kind: "write" }),
  );

Deno.test("discreet: given a refusal that quotes the file, when told, then the words of AWS stay, and no word of the file", () => {
  const { message } = told(
    refusal(
      "RegisterTaskDefinition",
      "ClientException",
      `Invalid setting for container '${WORD}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    ),
  );
  assert.match(
    message,
    /operation: Invalid setting for container '…'. At least one of 'memory' or 'memoryReservation' must be specified/,
  );
});

Deno.test("discreet: given any refusal in any place of AWS's answers, when told, then no word of the file is anywhere in the failure", () =>
  fc.assert(
    fc.property(
      fc.constantFrom("RegisterTaskDefinition", "RunTask"),
      fc.constantFrom(
        "ClientException",
        "InvalidParameterException",
        "ConflictException",
        "Throttling",
        `a (${WORD}) b`,
      ),
      fc.constantFrom(400, 429, 500, 503),
      fc.string(),
      fc.string(),
      (operation, code, status, before, after) => {
        const text = `${before}${WORD}${after}\n${WORD}`;
        for (
          const failure of [
            refusal(operation, code, text, status),
            notPlaced(
              "flow run run-1",
              [{ reason: text }, { reason: "RESOURCE:CPU", detail: text }],
              unplacedText,
            ),
          ]
        ) {
          const shown = told(failure);
          assert.equal(shown.tag, failure.tag);
          assert.ok(!JSON.stringify(shown).includes(WORD), JSON.stringify(shown));
        }
      },
    ),
  ));

Deno.test("discreet: given values and names of the file in AWS's text, when told, then each is left out, and what is not of the file stays", () => {
  const text = "label own-label has 'own value of it', memory 4321 is too much, capacity is away";
  const { message } = told(refusal("RegisterTaskDefinition", "ClientException", text));
  assert.ok(message.includes("label … has '…', memory … is too much, capacity is away"), message);
});

Deno.test("discreet: given reasons of a refused placement, when told, then those of ECS and their advice stay, without sizes of the file", () => {
  const { message } = told(notPlaced("flow run run-1", [{ reason: "RESOURCE:MEMORY" }], unplacedText));
  assert.match(message, /RESOURCE:MEMORY/);
  assert.match(
    message,
    /cluster blue has enough memory free; the task asks for the memory of its task definition/,
  );
});

Deno.test("discreet: given a failure that AWS has not worded, when told, then it is unchanged", () => {
  for (
    const failure of [
      new FailureError({ tag: "timedOut", message: "No answer within 60 s" }).failure,
      toFailure(
        new FailureError({ tag: "unknownOutcome", operation: "RunTask", message: "Cannot reach ECS" }),
      ),
    ]
  ) assert.equal(told(failure), failure);
});
