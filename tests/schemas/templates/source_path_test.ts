import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSourcePath, shownPath } from "../../../schemas/templates/source_path.ts";
import {
  fileSource,
  httpSource,
  type PlaceSource,
  s3Source,
} from "../../../schemas/templates/place_source.ts";

const found: readonly (readonly [string, string, PlaceSource])[] = [
  ["conf/t.yaml", "file", fileSource("conf/t.yaml")],
  ["/a b/t#1?.yaml", "file", fileSource("/a b/t#1?.yaml")],
  ["file:///a%20b/t.yaml", "file", fileSource("/a%20b/t.yaml")],
  ["FILE:///t.yaml?x#y", "file", fileSource("/t.yaml")],
  ["local:///t.yaml", "file", fileSource("/t.yaml")],
  ["agent://etc/p/t.yaml", "agent", fileSource("/p/t.yaml")],
  ["s3://Conf-B/a/t.yaml?versionId=3", "s3", s3Source("Conf-B", "a/t.yaml")],
  ["s3://b//k", "s3", s3Source("b", "k")],
  ["https://h/t.yaml?sig=1", "https", httpSource("https://h/t.yaml?sig=1")],
  ["http://h/t.yaml", "http", httpSource("http://h/t.yaml")],
];

for (const [path, scheme, source] of found) {
  Deno.test(`source path: given ${path}, when parsed, then it names ${JSON.stringify(source)}`, () => {
    assert.deepEqual(parseSourcePath(path), { scheme, source });
  });
}

const refused: readonly (readonly [string, RegExp])[] = [
  ["hdfs://x/f.yaml", /^Unsupported file scheme hdfs:\/\/x\/f\.yaml; use a local path, .*s3:\/\/bucket\/key/],
  ["gs://b/k", /^Cannot read gs:\/\/b\/k: Google Cloud Storage is not supported/],
  ["gcs://b/k", /Google Cloud Storage is not supported/],
  ["s3://bucket", /an S3 path is s3:\/\/bucket\/key/],
  ["s3:///key", /an S3 path is s3:\/\/bucket\/key/],
  ["c:/windows.yaml", /^Unsupported file scheme c:\/windows\.yaml/],
];

for (const [path, problem] of refused) {
  Deno.test(`source path: given ${path}, when parsed, then the problem names what is accepted`, () => {
    const parsed = parseSourcePath(path);

    assert.ok("problem" in parsed);
    assert.match(parsed.problem, problem);
  });
}

Deno.test("source path: given any path without a scheme, when parsed, then it is taken literally", () => {
  fc.assert(fc.property(fc.string().filter((path) => !path.includes(":")), (path) => {
    assert.deepEqual(parseSourcePath(path), { scheme: "file", source: fileSource(path) });
  }));
});

Deno.test("source path: given credentials and signatures in a URL, when shown, then they are left out", () => {
  assert.equal(shownPath("https://me:hush@h/a/t.yaml?sig=hush#x"), "https://h/a/t.yaml");
  assert.equal(shownPath("s3://b/k?versionId=3"), "s3://b/k?versionId=3");
});
