import assert from "node:assert/strict";
import { ObjectTable } from "../../../../simulation/kubernetes/cluster/object_table.ts";

const JOBS = { kind: "jobs", namespace: "main", label: null } as const;

function job(name: string, labels = {}) {
  return { metadata: { name, labels } };
}

Deno.test("objects: given one that is put twice and dropped, when changes are asked for, then each has a version and a type of its own", () => {
  const table = new ObjectTable();
  const from = table.version;
  table.put("jobs", "main", job("a"));
  table.put("jobs", "main", job("a"));
  table.put("jobs", "other", job("b"));
  table.drop("jobs", "main", "a");
  table.drop("jobs", "main", "unknown");

  const changes = table.changesAfter(from, JOBS) ?? [];
  assert.deepEqual(changes.map(({ type }) => type), ["ADDED", "MODIFIED", "DELETED"]);
  const versions = changes.map(({ version }) => version);
  assert.deepEqual(versions, [...new Set(versions)].sort((a, b) => a - b));
  assert.deepEqual(table.changesAfter(versions[1] ?? 0, JOBS)?.map(({ type }) => type), ["DELETED"]);
});

Deno.test("objects: given labels, when a list asks for one, then name and value decide", () => {
  const table = new ObjectTable();
  table.put("jobs", "main", job("a", { run: "1" }));
  table.put("jobs", "main", job("b", { run: "2" }));
  table.put("jobs", "main", job("c"));

  const names = (label: string | null) =>
    table.all({ ...JOBS, label }).map(({ metadata }) => Object(metadata).name);
  assert.deepEqual(names("run"), ["a", "b"]);
  assert.deepEqual(names("run=2"), ["b"]);
  assert.deepEqual(names(null), ["a", "b", "c"]);
});

Deno.test("objects: given changes that are forgotten, when an older version is asked for, then the answer is null", () => {
  const table = new ObjectTable();
  const from = table.version;
  table.put("jobs", "main", job("a"));
  table.forget();

  assert.equal(table.changesAfter(from, JOBS), null);
  assert.deepEqual(table.changesAfter(table.version, JOBS), []);
});

Deno.test("objects: given a listener, when it has ended, then it is told no more", () => {
  const table = new ObjectTable();
  const told: string[] = [];
  const stop = table.onChange(({ type }) => told.push(type));
  table.put("jobs", "main", job("a"));
  stop();
  table.drop("jobs", "main", "a");

  assert.deepEqual(told, ["ADDED"]);
});
