/** Whether a source is at or below a place that the operator lists. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fileSource,
  httpSource,
  type PlaceSource,
  s3Source,
} from "../../../schemas/templates/place_source.ts";
import { isAtPlace, isBelowFolder, parsePlace } from "../../../schemas/templates/template_place.ts";

function isAt(prefix: string, source: PlaceSource): boolean {
  const place = parsePlace(prefix);
  assert.ok(place, prefix);
  return isAtPlace(source, place);
}

const SITE = "https://Templates.Example/team/a/";

const inside = [
  "https://templates.example/team/a/t.yaml",
  "https://templates.example/team/a",
  "HTTPS://TEMPLATES.EXAMPLE:443/team/a/b/c.yaml?sig=1#x",
  "https://me:pw@templates.example/team/a/t.yaml",
  "https://templates.example./team/a/t.yaml",
  "https://templates.example/%74eam/%61/t.yaml",
  "https://templates.example/x/../team/./a/t.yaml",
  "https://templates.example/team/a//t.yaml",
];

const outside = [
  "http://templates.example/team/a/t.yaml",
  "https://templates.example:8443/team/a/t.yaml",
  "https://templates.example.evil/team/a/t.yaml",
  "https://templates.example@evil/team/a/t.yaml",
  "https://templates.example/team/ab/t.yaml",
  "https://templates.example/team/t.yaml",
  "https://templates.example/Team/a/t.yaml",
  "https://templates.example/team/a/../b/t.yaml",
  "https://templates.example/team/a/%2e%2e/b/t.yaml",
  "https://templates.example/team/a/..%2fb/t.yaml",
  "https://templates.example/team/a/%2e%2e%2fb/t.yaml",
  "https://templates.example/team/a/%252e%252e%252fb/t.yaml",
  "https://templates.example/team/a/..%5cb/t.yaml",
  "https://templates.example/team/a/..;/b/t.yaml",
  "https://templates.example/team/a%2fb/../../x",
  "https://templates.example/team/a/%00",
  "https://templates.example\\@evil/team/a/t.yaml",
];

for (const url of inside) {
  Deno.test(`place: given ${url}, when the site is listed, then it is inside`, () => {
    assert.ok(isAt(SITE, httpSource(url)));
  });
}

for (const url of outside) {
  Deno.test(`place: given ${url}, when the site is listed, then it is outside`, () => {
    assert.ok(!isAt(SITE, httpSource(url)));
  });
}

Deno.test("place: given objects of S3, when a prefix is listed, then whole segments count", () => {
  const table: readonly (readonly [string, string, string, boolean])[] = [
    ["s3://b/team/a", "b", "team/a/t.yaml", true],
    ["s3://b/team/a/", "b", "team/a", true],
    ["s3://b", "b", "anything", true],
    ["s3://b/", "b", "any/thing", true],
    ["S3://b/team", "b", "team/x", true],
    ["s3://b/team/a", "b", "team/ab", false],
    ["s3://b/team/a", "B", "team/a/t", false],
    ["s3://b/team/a", "bb", "team/a/t", false],
    ["s3://b/team/a", "b", "team/a/../b", false],
    ["s3://b/team/a", "b", "team/a/%2e%2e/b", false],
    ["s3://b/team/a", "b", "team/%61/t", false],
  ];
  for (const [prefix, bucket, key, wanted] of table) {
    assert.equal(isAt(prefix, s3Source(bucket, key)), wanted, `${prefix} ${bucket}/${key}`);
  }
});

Deno.test("place: given a place of one kind, when a source of another kind is asked, then it is outside", () => {
  const sources = [fileSource("/srv/t"), s3Source("srv", "t"), httpSource("https://srv/t")];
  const places = ["/srv", "s3://srv", "https://srv"];

  const found = places.map((place) => sources.map((source) => isAt(place, source)));

  assert.deepEqual(found, [[true, false, false], [false, true, false], [false, false, true]]);
});

Deno.test("folder: given paths, when compared, then whole segments count", () => {
  assert.ok(isBelowFolder("/srv/t/a.yaml", "/srv/t"));
  assert.ok(isBelowFolder("/srv/t", "/srv/t"));
  assert.ok(isBelowFolder("/a", "/"));
  assert.ok(!isBelowFolder("/srv/tx/a.yaml", "/srv/t"));
});

Deno.test("place: given texts that name no place, when parsed, then nothing", () => {
  const texts = [
    "",
    " ",
    "gs://b/k",
    "ftp://h/",
    "https://",
    "https://u@h/",
    "https://h/?q",
    "https://h/#f",
    "s3://",
  ];
  for (const text of [...texts, "s3://b/../c", "s3://b/?x", "https://h/%2e%2e%2f", "file:", "c:/x"]) {
    assert.equal(parsePlace(text), undefined, text);
  }
});

Deno.test("place: given generated ways up and out, when escaped any number of times, then they are outside", () => {
  const escape = (text: string, times: number): string =>
    times === 0
      ? text
      : escape(text.replaceAll(/[./\\%]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`), times - 1);
  const up = fc.constantFrom("..", "../", "..\\", "../..", "..;x");
  fc.assert(
    fc.property(up, fc.integer({ min: 1, max: 6 }), fc.array(fc.constantFrom("x", "y"), { maxLength: 3 }), (
      way,
      times,
      rest,
    ) => {
      const url = `https://templates.example/team/a/${[escape(way, times), ...rest].join("/")}`;

      assert.ok(!isAt(SITE, httpSource(url)), url);
    }),
  );
});
