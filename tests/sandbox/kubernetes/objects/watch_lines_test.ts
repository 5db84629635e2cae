import assert from "node:assert/strict";
import { labelSelector } from "../../../../sandbox/kubernetes/objects/selectors.ts";
import { createObjectStore } from "../../../../sandbox/kubernetes/objects/store.ts";
import {
  bookmark,
  firstLines,
  lineOf,
  type Watched,
} from "../../../../sandbox/kubernetes/objects/watch_lines.ts";
import type { JsonObject } from "../../../../schemas/json/json.ts";
import { mapping } from "../../../../schemas/json/shape.ts";

const pod = (name: string, app: string): JsonObject => ({
  metadata: { namespace: "default", name, labels: { app } },
});

const watchFrom = (from: string, sendsInitial = false): Watched => ({
  table: "pods",
  selects: labelSelector("app=flows"),
  shown: (object) => ({ shown: mapping(object["metadata"])["name"] ?? null }),
  type: { kind: "Pod", apiVersion: "v1" },
  from,
  sendsInitial,
});

Deno.test("watch: given objects that come into the selection and leave it, then they are added and deleted for the watch", () => {
  const store = createObjectStore();
  const lines: (JsonObject | null)[] = [];
  store.listen((change) => void lines.push(lineOf(watchFrom("100"), change)));

  store.put("pods", pod("a", "other"));
  store.put("pods", pod("a", "flows"));
  store.put("pods", pod("a", "flows"));
  store.put("pods", pod("a", "other"));
  store.put("pods", pod("b", "flows"));
  store.drop("pods", { namespace: "default", name: "b" });
  store.put("jobs", pod("a", "flows"));

  assert.deepEqual(lines.map((line) => line?.["type"] ?? null), [
    null,
    "ADDED",
    "MODIFIED",
    "DELETED",
    "ADDED",
    "DELETED",
    null,
  ]);
});

Deno.test("watch: given a known version, then it begins with the changes since; given an old one, then with a 410 that ends it", () => {
  const store = createObjectStore(2);
  for (const name of ["a", "b", "c"]) store.put("pods", pod(name, "flows"));

  const known = firstLines(watchFrom("102"), store);
  const old = firstLines(watchFrom("100"), store);

  assert.deepEqual(known, { lines: [{ type: "ADDED", object: { shown: "c" } }], goesOn: true });
  assert.equal(old.goesOn, false);
  const [line] = old.lines;
  assert.equal(line?.["type"], "ERROR");
  assert.equal(mapping(line?.["object"])["code"], 410);
  assert.equal(mapping(line?.["object"])["reason"], "Expired");
});

for (const from of ["", "0"]) {
  Deno.test(`watch: given the version '${from}', then what is there comes first`, () => {
    const store = createObjectStore();
    store.put("pods", pod("a", "flows"));
    store.put("pods", pod("b", "other"));

    const { lines, goesOn } = firstLines(watchFrom(from), store);

    assert.deepEqual(lines, [{ type: "ADDED", object: { shown: "a" } }]);
    assert.equal(goesOn, true);
  });
}

Deno.test("watch: given it asks for what is there, then a bookmark says where that ends", () => {
  const store = createObjectStore();
  store.put("pods", pod("a", "flows"));

  const { lines } = firstLines(watchFrom("", true), store);

  assert.equal(lines.length, 2);
  const { kind, metadata } = mapping(lines[1]?.["object"]);
  assert.deepEqual([lines[1]?.["type"], kind], ["BOOKMARK", "Pod"]);
  assert.equal(mapping(metadata)["resourceVersion"], "101");
  assert.deepEqual(mapping(metadata)["annotations"], { "k8s.io/initial-events-end": "true" });
  assert.equal(
    mapping(mapping(bookmark(watchFrom(""), store)["object"])["metadata"])["annotations"],
    undefined,
  );
});
