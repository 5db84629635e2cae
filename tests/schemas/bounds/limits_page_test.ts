import assert from "node:assert/strict";
import { type Bound, BOUNDS } from "../../../schemas/bounds/bounds.ts";

/** The cells of `docs/limits.md` that tell bounds: the name of each, and how much is accepted. */
function boundsOfPage(): readonly (readonly [string, string])[] {
  const page = Deno.readTextFileSync(new URL("../../../docs/limits.md", import.meta.url));
  const section = page.split(/^## /m).find((part) => part.startsWith("Limits of inputs\n")) ?? "";
  return section.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const name = /^`(\w+)`$/.exec(cells[4] ?? "")?.[1];
    return name === undefined ? [] : [[name, cells[2] ?? ""] as const];
  });
}

function told({ most, unit }: Bound): string {
  return `${most.toLocaleString("en-US")} ${unit}`;
}

Deno.test("limits page: given every bound, when docs/limits.md is read, then each has one row with its number and unit", () => {
  const rows = boundsOfPage();

  const expected = Object.entries(BOUNDS).map(([name, bound]) => [name, told(bound)]);
  assert.deepEqual(rows.toSorted(), expected.toSorted());
});
