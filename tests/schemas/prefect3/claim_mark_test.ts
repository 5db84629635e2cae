import assert from "node:assert/strict";
import fc from "fast-check";
import { claimKeyOf } from "../../../schemas/prefect3/claim_key.ts";
import {
  isOwnMark,
  markLabel,
  markMessage,
  readMarkLabel,
  readMarkMessage,
} from "../../../schemas/prefect3/claim_mark.ts";

const NAME = fc.string({ unit: "binary", minLength: 1, maxLength: 1024 });
const MARK = fc.record(
  {
    worker: NAME,
    process: fc.string({ maxLength: 8 }),
    scope: fc.string({ maxLength: 300 }),
    skipped: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }),
  },
  { noNullPrototype: true },
);

Deno.test("claim mark: given any worker, process and scope, when they are written into a state and a label, then they are read back as they were", () => {
  fc.assert(fc.property(MARK, fc.option(fc.string({ maxLength: 200 })), (mark, former) => {
    const { skipped: _, ...plain } = mark;
    const whole = { ...plain, claim: "2026-01-02T03:04:05.000000Z", former };

    assert.deepEqual(readMarkMessage(markMessage(mark)), mark);
    assert.deepEqual(readMarkLabel(markLabel(whole)), whole);
    assert.equal(isOwnMark(readMarkMessage(markMessage(mark)), mark), true);
  }));
});

Deno.test("claim mark: given any text or value of others, when it is read, then it is no mark, and nothing is thrown", () => {
  const other = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constant("Submitting"),
  );

  fc.assert(fc.property(other, (text) => {
    assert.equal(readMarkMessage(text), null);
    assert.equal(readMarkLabel(text), null);
  }));
  for (const value of [null, 5, true, [], {}, undefined]) {
    assert.equal(readMarkMessage(value), null);
    assert.equal(readMarkLabel(value), null);
  }
});

Deno.test("claim mark: given a mark that is cut off or has more members, when it is read, then only the whole one is a mark", () => {
  const text = markMessage({ worker: "w", process: "p", scope: "s" });

  assert.equal(readMarkMessage(text.slice(0, -1)), null);
  assert.deepEqual(readMarkMessage(text.replace("}", ',"more":1}')), {
    worker: "w",
    process: "p",
    scope: "s",
    skipped: [],
  });
});

for (
  const [text, skipped] of [
    ["[2,3]", [2, 3]],
    ['[0,-1,1.5,"2",null,1e300,4]', [4]],
    ['{"0":1}', []],
    ["7", []],
    [JSON.stringify(Array.from({ length: 500 }, () => 1)), Array.from({ length: 20 }, () => 1)],
  ] as const
) {
  Deno.test(`claim mark: given ${text.slice(0, 40)} as skipped tokens, when it is read, then ${skipped.length} numbers are`, () => {
    const mark = markMessage({ worker: "w", process: "p", scope: "s" }).replace("}", `,"skipped":${text}}`);

    assert.deepEqual(readMarkMessage(mark)?.skipped, skipped);
  });
}

Deno.test("claim key: given the same moment in any spelling, when keys are made, then they are equal, and those of other moments sort as the moments do", () => {
  const moment = fc.integer({ min: 0, max: 4_000_000_000_000 });

  fc.assert(fc.property(moment, fc.integer({ min: 0, max: 999 }), moment, (ms, micros, other) => {
    const text = new Date(ms).toISOString().slice(0, -1) + String(micros).padStart(3, "0");

    assert.equal(claimKeyOf(`${text}Z`), claimKeyOf(`${text}+00:00`));
    if (other !== ms) {
      const second = claimKeyOf(new Date(other).toISOString());
      assert.equal(claimKeyOf(`${text}Z`) < second, ms < other);
    }
  }));
  assert.equal(claimKeyOf(null), claimKeyOf("soon"));
});
