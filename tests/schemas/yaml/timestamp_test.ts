import assert from "node:assert/strict";
import fc from "fast-check";
import { timestampOf } from "../../../schemas/yaml/timestamp.ts";

// Each row: a text, and isoformat() of what PyYAML 6.0.3 reads; undefined when it fails.
const READ: readonly (readonly [string, string | undefined])[] = [
  ["2023-01-02", "2023-01-02"],
  ["2024-02-29", "2024-02-29"],
  ["0001-01-01", "0001-01-01"],
  ["2023-02-29", undefined],
  ["1900-02-29", undefined],
  ["2023-00-01", undefined],
  ["2023-04-31", undefined],
  ["0000-01-01", undefined],
  ["2023-1-2 3:04:05", "2023-01-02T03:04:05"],
  ["2023-01-02T03:04:05Z", "2023-01-02T03:04:05+00:00"],
  ["2023-01-02T03:04:05 -00:00", "2023-01-02T03:04:05+00:00"],
  ["2023-01-02T03:04:05 +5", "2023-01-02T03:04:05+05:00"],
  ["2023-01-02T03:04:05.5-05:30", "2023-01-02T03:04:05.500000-05:30"],
  ["2023-01-02T03:04:05.0000009", "2023-01-02T03:04:05"],
  ["2023-01-02T03:04:05+24:00", undefined],
  ["2023-01-02T03:04:05+22:99", "2023-01-02T03:04:05+23:39"],
  ["2023-01-02T24:00:00", undefined],
  ["2023-01-02T03:60:00", undefined],
  ["2023-01-02T03:04:60", undefined],
  ["2023-01-02T", undefined],
  ["tomorrow", undefined],
];

for (const [text, iso] of READ) {
  Deno.test(`timestampOf: given ${text}, when read, then it is ${iso ?? "refused"}`, () => {
    const kind = iso?.includes("T") ? "datetime" : "date";
    assert.deepEqual(timestampOf(text), iso && { kind, iso });
  });
}

Deno.test("timestampOf: given any numbers, when read as a day, then exactly the days that exist are taken", () => {
  const numbers = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.nat({ max: 13 }), fc.nat({ max: 32 }));
  fc.assert(fc.property(numbers, (parts) => {
    const [year = "", month = "", day = ""] = parts.map((part, index) =>
      String(part).padStart(index ? 2 : 4, "0")
    );
    const iso = `${year}-${month}-${day}`;
    const time = Date.parse(`${iso}T00:00:00Z`);
    const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso);
    assert.equal(timestampOf(iso) !== undefined, exists);
  }));
});
