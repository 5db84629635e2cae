import assert from "node:assert/strict";
import fc from "fast-check";
import { joinPath, joinPurePath } from "../../../schemas/python/posix_path.ts";
import golden from "../../golden/ecs/image.json" with { type: "json" };

// Each row: parts, posixpath.join, str(PurePosixPath); compared with Python 3.9.18.
const JOINED: readonly (readonly [readonly string[], string, string])[] = [
  [["prefix", "etl", "a1b2c3d4.json"], "prefix/etl/a1b2c3d4.json", "prefix/etl/a1b2c3d4.json"],
  [["prefix/", "etl", "x.json"], "prefix/etl/x.json", "prefix/etl/x.json"],
  [["/prefix", "etl"], "/prefix/etl", "/prefix/etl"],
  [["", "etl", "x"], "etl/x", "etl/x"],
  [["prefix", "", "x"], "prefix/x", "prefix/x"],
  [["prefix", ""], "prefix/", "prefix"],
  [["a//b", "c"], "a//b/c", "a/b/c"],
  [["https://host/team", "flows"], "https://host/team/flows", "https:/host/team/flows"],
  [["host/team", "/flows"], "/flows", "/flows"],
  [["host", "./flows/."], "host/./flows/.", "host/flows"],
  [["host", "../flows"], "host/../flows", "host/../flows"],
  [["//host", "x"], "//host/x", "//host/x"],
  [["///host", "x"], "///host/x", "/host/x"],
  [["/"], "/", "/"],
  [["//"], "//", "//"],
  [["."], ".", "."],
  [["a", "/", "b"], "/b", "/b"],
  [[], "", "."],
  [["", ""], "", "."],
];

for (const [parts, joined, pure] of JOINED) {
  Deno.test(`joinPath: given ${JSON.stringify(parts)}, when joined, then it is as Python does both ways`, () => {
    assert.equal(joinPath(...parts), joined);
    assert.equal(joinPurePath(...parts), pure);
  });
}

for (const { id, flow_run, expect } of golden.cases) {
  const storage: Readonly<Record<string, unknown>> = flow_run.flow.storage;
  const { registry_url: registry, image_name: image, image_tag: tag } = storage;
  const registered = /"image":"([^"]*:2023-01-01)"/.exec(JSON.stringify(expect))?.[1];
  if (typeof image !== "string" || registered === undefined) continue;
  Deno.test(`${id}: given a Docker storage, when its image is named, then it is the recorded one`, () => {
    const name = joinPurePath(typeof registry === "string" ? registry : "", image);
    assert.equal(`${name}:${tag}`, registered);
  });
}

Deno.test("joinPurePath: given any parts, when joined again, then nothing changes", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "/", ".", "b"), maxLength: 6 });
  fc.assert(fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
    const joined = joinPurePath(...parts);
    assert.equal(joinPurePath(joined), joined);
    assert.equal(joinPurePath(joinPath(...parts)), joined);
  }));
});
