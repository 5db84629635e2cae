/** What answers of the Prefect 1 API mean. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { BOUNDS } from "../../../schemas/bounds/bounds.ts";
import { isClaimRefusal, isNotExecuted, readAnswer } from "../../../schemas/prefect1/answer.ts";
import type { Failure } from "../../../schemas/failure/failure.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (status: number, text: string, headers = {}) =>
  readAnswer({ status, headers, body: bytes(text) });
const errors = (...list: readonly object[]) => JSON.stringify({ errors: list, data: null });

const TABLE: readonly (readonly [string, number, string, Partial<Failure> | null])[] = [
  ["data", 200, '{"data":{"hello":1}}', null],
  ["data and empty errors", 200, '{"data":{"hello":1},"errors":[]}', null],
  ["data and null errors", 200, '{"data":{"hello":1},"errors":null}', null],
  ["an error", 200, errors({ message: "m" }), { tag: "apiError", code: "", message: "m" }],
  ["an error with a code", 200, errors({ message: "m", extensions: { code: "C" } }), {
    tag: "apiError",
    code: "C",
    message: "C: m",
  }],
  ["several errors", 200, errors({ message: "a" }, { message: "b" }), { tag: "apiError", message: "a; b" }],
  ["errors beside data", 200, '{"data":{"x":1},"errors":[{"message":"m"}]}', { tag: "apiError" }],
  ["errors of another shape", 200, '{"errors":"broken"}', { tag: "apiError", message: "broken" }],
  ["an error without message", 200, errors({ extensions: null }), { tag: "apiError", message: "no message" }],
  [
    "the code of the Server's resolvers",
    200,
    errors({ message: "m", extensions: { code: "INTERNAL_SERVER_ERROR" } }),
    { tag: "apiError", message: "m" },
  ],
  [
    "API_ERROR behind another",
    200,
    errors({ message: "a" }, { message: "b", extensions: { code: "API_ERROR" } }),
    {
      tag: "apiError",
      code: "API_ERROR",
    },
  ],
  ["UNAUTHENTICATED", 200, errors({ message: "m", extensions: { code: "UNAUTHENTICATED" } }), {
    tag: "unauthorized",
  }],
  ["a malformed header", 200, errors({ message: "Malformed Authorization header" }), { tag: "unauthorized" }],
  ["HTML", 200, "<html>", { tag: "unavailable", status: 200 }],
  ["truncated JSON", 200, '{"data":{"hel', { tag: "unavailable", status: 200 }],
  ["an empty body", 200, "", { tag: "unavailable", status: 200 }],
  ["JSON that is no object", 200, "[]", { tag: "unavailable", status: 200 }],
  ["no data", 200, "{}", { tag: "unavailable", status: 200 }],
  ["400 with errors", 400, errors({ message: "m", extensions: { code: "C" } }), {
    tag: "apiError",
    code: "",
    message: "HTTP 400: C: m",
  }],
  [
    "400 with the code of a version lock",
    400,
    errors({ message: "m", extensions: { code: "VERSION_LOCKING_ERROR" } }),
    {
      tag: "apiError",
      code: "",
    },
  ],
  ["404", 404, "not found", { tag: "apiError" }],
  ["301", 301, "", { tag: "apiError" }],
  ["401", 401, "", { tag: "unauthorized" }],
  ["403", 403, "{}", { tag: "unauthorized" }],
  ["408", 408, "", { tag: "unavailable", status: 408 }],
  ["429", 429, "", { tag: "throttled" }],
  ["500", 500, '{"data":{"x":1}}', { tag: "unavailable", status: 500 }],
  ["504", 504, "<html>", { tag: "unavailable", status: 504 }],
];
for (const [name, status, body, wanted] of TABLE) {
  Deno.test(`readAnswer: given ${name}, when read, then it is ${wanted?.tag ?? "data"}`, () => {
    const got = read(status, body);

    if (wanted === null) assert.deepEqual(got, { data: { hello: 1 } });
    else assert.deepEqual("failure" in got && { ...got.failure, ...wanted }, "failure" in got && got.failure);
    assert.equal("failure" in got, wanted !== null);
  });
}

Deno.test("readAnswer: given bytes that are not UTF-8, when read, then it is unavailable", () => {
  const got = readAnswer({ status: 200, headers: {}, body: new Uint8Array([0x7b, 0xff, 0x7d]) });

  assert.equal("failure" in got && got.failure.tag, "unavailable");
});

Deno.test("readAnswer: given a redirect, when read, then the message names the new place", () => {
  const got = read(301, "", { location: "https://elsewhere.example.com" });

  assert.match("failure" in got ? got.failure.message : "", /elsewhere\.example\.com; change the API URL/);
});

for (
  const [length, expected] of [
    [100_000, `${"x".repeat(2000)}…`],
    [2001, `${"x".repeat(2000)}…`],
    [2000, "x".repeat(2000)],
  ] as const
) {
  Deno.test(`readAnswer: given an error of ${length} characters, when read, then the message keeps ${Math.min(length, 2000)}`, () => {
    const got = read(200, errors({ message: "x".repeat(length) }));

    assert.equal("failure" in got && got.failure.message, expected);
  });
}

Deno.test("readAnswer: given any status and body, when read, then it never throws", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
      const got = read(status, body);
      assert.ok("data" in got || got.failure.message !== "");
    }),
    { numRuns: 300 },
  );
});

const REFUSALS: readonly (readonly [Failure, boolean])[] = [
  [{ tag: "apiError", code: "", message: "State update failed for flow run ID x" }, true],
  [{ tag: "apiError", code: "VERSION_LOCKING_ERROR", message: "m" }, true],
  [{ tag: "apiError", code: "OTHER", message: "VERSION_LOCKING is off" }, false],
  [{ tag: "unavailable", status: 500, message: "State update failed" }, false],
];
for (const [failure, wanted] of REFUSALS) {
  Deno.test(`isClaimRefusal: given ${JSON.stringify(failure)}, when asked, then ${wanted}`, () => {
    assert.equal(isClaimRefusal(failure), wanted);
  });
}

Deno.test("isNotExecuted: given refused credentials or throttling, when asked, then it is certain", () => {
  assert.equal(isNotExecuted({ tag: "unauthorized", message: "" }), true);
  assert.equal(isNotExecuted({ tag: "throttled", retryAfterMs: 1, message: "" }), true);
  assert.equal(isNotExecuted({ tag: "timedOut", message: "" }), false);
});

Deno.test("answer: given as many members as may be parsed, or one more, when read, then only the latter is refused, and texts do not count", () => {
  const most = BOUNDS.answerValues.most;
  // Two mappings, three members and the list around them count as well.
  const answer = (members: number) =>
    `{"data":{"rows":[${Array(members).fill("[]").join(",")}],"text":"[{:\\":["}}`;
  const outer = 6 * 4 + 1;
  const count = Math.floor((most - outer + 1) / 5);
  assert.ok("data" in read(200, answer(count)));
  const over = read(200, answer(count + 1));
  assert.deepEqual("failure" in over && over.failure.tag === "unavailable" && over.failure.fault, {
    kind: "tooMany",
    mostValues: most,
  });
});
