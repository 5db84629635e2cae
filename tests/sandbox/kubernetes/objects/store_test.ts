import assert from "node:assert/strict";
import { type Change, createObjectStore } from "../../../../sandbox/kubernetes/objects/store.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping } from "../../../../schemas/json/shape.ts";

const job = (name: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name, namespace: "default" },
  ...more,
});
const at = (name: string) => ({ namespace: "default", name });
const versionOf = (object: JsonObject | undefined) => mapping(object?.["metadata"])["resourceVersion"];

Deno.test("object store: given objects that are put and dropped, then each change has the next version and is told", () => {
  const store = createObjectStore();
  const told: Change[] = [];
  store.listen((change) => void told.push(change));

  store.put("jobs", job("a"));
  store.put("jobs", job("a", { spec: 1 }));
  store.drop("jobs", at("a"));

  assert.deepEqual(
    told.map(({ type, version, object, before }) => [type, version, versionOf(object), before === null]),
    [["ADDED", 101, "101", true], ["MODIFIED", 102, "102", false], ["DELETED", 103, "103", false]],
  );
  assert.equal(store.version(), 103);
  assert.equal(store.get("jobs", at("a")), undefined);
});

Deno.test("object store: given a listener that reads, when an object is put or dropped, then it sees the change done", () => {
  const store = createObjectStore();
  const seen: unknown[] = [];
  store.listen(() => void seen.push(versionOf(store.get("jobs", at("a")))));

  store.put("jobs", job("a"));
  store.drop("jobs", at("a"));

  assert.deepEqual(seen, ["101", undefined]);
});

Deno.test("object store: given listeners that end each other, then each was told of the change before", () => {
  const store = createObjectStore();
  const told: string[] = [];
  const endFirst = store.listen(() => {
    told.push("first");
    endSecond();
  });
  const endSecond = store.listen(() => void told.push("second"));

  store.put("jobs", job("a"));
  store.put("jobs", job("b"));
  endFirst();
  store.put("jobs", job("c"));

  assert.deepEqual(told, ["first", "second", "first"]);
});

Deno.test("object store: given a drop of what is not there, then nothing changes", () => {
  const store = createObjectStore();

  assert.equal(store.drop("jobs", at("a")), undefined);

  assert.equal(store.version(), 100);
  assert.deepEqual(store.since(100), []);
});

Deno.test("object store: given more changes than are kept, then older versions are forgotten", () => {
  const store = createObjectStore(2);
  for (const name of ["a", "b", "c"]) store.put("jobs", job(name));

  assert.equal(store.oldest(), 101);
  assert.equal(store.since(100), null);
  assert.deepEqual(store.since(101)?.map(({ version }) => version), [102, 103]);
  assert.deepEqual(store.since(103), []);
});

Deno.test("object store: given objects of several namespaces, then a list has them by namespace and name", () => {
  const store = createObjectStore();
  for (const [namespace, name] of [["b", "a"], ["a", "z"], ["a", "b"]] as const) {
    store.put("pods", { metadata: { namespace, name } });
  }

  const names = store.all("pods").map((
    { metadata },
  ) => [mapping(metadata)["namespace"], mapping(metadata)["name"]]);

  assert.deepEqual(names, [["a", "b"], ["a", "z"], ["b", "a"]]);
  assert.deepEqual(store.all("jobs"), []);
});
