import assert from "node:assert/strict";
import fc from "fast-check";
import { allPages, type AwsPage, integerIn, objectsIn, textIn, textsIn } from "../../../actors/aws/answer.ts";
import { toAwsFailure } from "../../../actors/aws/failure.ts";
import { FailureError, toFailure } from "../../../schemas/failure/failure.ts";

Deno.test("aws answer: given anything, when read, then only what is of the promised kind is left", () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    assert.equal(textIn(value), typeof value === "string" && value !== "" ? value : null);
    assert.equal(integerIn(value), Number.isSafeInteger(value) ? value : null);
    assert.ok(
      objectsIn(value).every((one) => typeof one === "object" && one !== null && !Array.isArray(one)),
    );
    assert.ok(textsIn(value).every((one) => typeof one === "string" && one !== ""));
  }));
});

function pages(...given: readonly AwsPage[]) {
  const asked: (string | null)[] = [];
  const ask = (token: string | null) => {
    asked.push(token);
    return Promise.resolve(given[asked.length - 1] ?? assert.fail("asked for one page too many"));
  };
  return { asked, ask };
}

Deno.test("pages: given tokens, when all pages are asked for, then each is asked once and items keep their order", async () => {
  const { ask, asked } = pages({ items: ["a"], next: "t1" }, { items: ["b", "c"], next: "t2" }, {
    items: [],
    next: "",
  });

  assert.deepEqual(await allPages("ListTasks", ask), ["a", "b", "c"]);
  assert.deepEqual(asked, [null, "t1", "t2"]);
});

for (const next of [null, undefined, "", 7, { toString: 1 }, ["t"]]) {
  Deno.test(`pages: given ${JSON.stringify(next)} for a token, when read, then it was the last page`, async () => {
    assert.deepEqual(await allPages("ListTasks", pages({ items: ["a"], next }).ask), ["a"]);
  });
}

Deno.test("pages: given the same token again and again, when read, then it fails instead of asking for ever", async () => {
  const { ask } = pages({ items: [], next: "t" }, { items: [], next: "t" });

  await assert.rejects(allPages("ListTasks", ask), { message: /pages of its answer have no end/ });
});

Deno.test("pages: given ever new tokens, when read, then it fails instead of asking for ever", async () => {
  let n = 0;
  const ask = () => Promise.resolve({ items: [], next: `t${n++}` });

  await assert.rejects(allPages("ListTasks", ask), { message: /pages of its answer have no end/ });
});

Deno.test("aws failure: given a refusal whose members are no texts, when read, then it is a refusal like any other", () => {
  const hostile = JSON.parse('{"toString": 1, "valueOf": 2}');
  const thrown = Object.assign(new Error("x"), { $fault: "client", $metadata: { httpStatusCode: 400 } });
  Object.assign(thrown, { message: hostile, name: hostile });
  const { failure } = toAwsFailure(thrown, { service: "ECS", operation: "RunTask", kind: "write" });

  assert.deepEqual(failure, {
    tag: "refused",
    service: "ECS",
    code: "Unknown",
    operation: "RunTask",
    message: "An error occurred (Unknown) when calling the RunTask operation: ",
  });
});

Deno.test("failure: given something thrown that refuses to become text, when taken apart, then it is still told", () => {
  for (
    const thrown of [
      Object.create(null),
      { toString: 1 },
      Object.assign(new Error(), { message: Object.create(null) }),
    ]
  ) {
    assert.deepEqual(toFailure(thrown), { tag: "unexpected", message: "something that cannot be shown" });
  }
  assert.equal(toFailure(new FailureError({ tag: "usage", message: "x" })).tag, "usage");
});
