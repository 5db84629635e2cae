import assert from "node:assert/strict";
import { idMaker } from "../../../../sandbox/prefect3/store/new_id.ts";
import { momentText, readMoment } from "../../../../sandbox/prefect3/store/moments.ts";

const READ: readonly (readonly [text: string, moment: string | null])[] = [
  ["2026-11-21T08:02:21Z", "2026-11-21T08:02:21.000000Z"],
  ["2026-11-21T08:02:21.374424Z", "2026-11-21T08:02:21.374424Z"],
  ["2026-11-21T08:02:21.374424+00:00", "2026-11-21T08:02:21.374424Z"],
  ["2026-11-21 10:02:21+02:00", "2026-11-21T08:02:21.000000Z"],
  ["2026-11-21T08:02:21", "2026-11-21T08:02:21.000000Z"],
  ["2026-02-30T00:00:00Z", null],
  ["2026-11-21T25:00:00Z", null],
  ["9999-12-31T23:59:59-23:00", null],
  ["soon", null],
  ["", null],
];

for (const [text, moment] of READ) {
  Deno.test(`moments of the Prefect 3 API: given ${JSON.stringify(text)}, then it is ${moment ?? "none"}`, () => {
    assert.equal(readMoment(text), moment);
  });
}

Deno.test("moments of the Prefect 3 API: given microseconds, then the text ends in Z, and is read as it was written", () => {
  const text = momentText(Date.UTC(2026, 10, 21) * 1000 + 374_424);

  assert.equal(text, "2026-11-21T00:00:00.374424Z");
  assert.equal(readMoment(text), text);
});

Deno.test("ids of the Prefect 3 API: given moments in their order, then ids are UUIDs in the same order", () => {
  let micros = Date.UTC(2026, 10, 21) * 1000;
  const newId = idMaker(() => micros += 1);

  const ids = Array.from({ length: 100 }, newId);

  assert.deepEqual(ids, ids.toSorted());
  assert.ok(
    ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  );
});
