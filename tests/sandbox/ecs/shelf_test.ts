import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { openShelf } from "../../../sandbox/ecs/shelf.ts";

const schema = v.object({ n: v.number() });

function withDatabase(test: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(":memory:");
  try {
    test(db);
  } finally {
    db.close();
  }
}

Deno.test("shelf: given records, when opened again, then they are there in the order of their first put", () =>
  withDatabase((db) => {
    const before = openShelf({ kind: "a", schema, db });
    for (const [key, n] of [["x", 1], ["y", 2], ["z", 3], ["x", 4]] as const) before.put(key, { n });
    before.remove("y");

    const after = openShelf({ kind: "a", schema, db });

    assert.deepEqual(after.all(), [{ n: 4 }, { n: 3 }]);
    assert.deepEqual(after.get("x"), { n: 4 });
    assert.equal(after.get("y"), undefined);
    assert.deepEqual(before.all(), after.all());
  }));

Deno.test("shelf: given two kinds in one database, then they do not see each other", () =>
  withDatabase((db) => {
    openShelf({ kind: "a", schema, db }).put("x", { n: 1 });

    assert.deepEqual(openShelf({ kind: "b", schema, db }).all(), []);
  }));

Deno.test("shelf: given a stored record of another shape, when opened, then it says so", () =>
  withDatabase((db) => {
    openShelf({ kind: "a", schema: v.object({ other: v.string() }), db }).put("x", { other: "y" });

    assert.throws(() => openShelf({ kind: "a", schema, db }), v.ValiError);
  }));

Deno.test("shelf: given no database, then it keeps in memory", () => {
  const shelf = openShelf({ kind: "a", schema, db: null });
  shelf.put("x", { n: 1 });
  shelf.remove("nobody");

  assert.deepEqual(shelf.all(), [{ n: 1 }]);
});
