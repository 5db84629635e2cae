import assert from "node:assert/strict";
import { toJson } from "../../../schemas/python/value.ts";
import { construct } from "../../../schemas/yaml/construct.ts";
import {
  YamlFault,
  type YamlMapping,
  type YamlNode,
  type YamlPair,
  type YamlScalar,
} from "../../../schemas/yaml/node.ts";

const plain = (text: string, tag?: string): YamlScalar => ({
  kind: "scalar",
  tag,
  at: 7,
  text,
  isPlain: true,
});
const quoted = (text: string): YamlScalar => ({ ...plain(text), isPlain: false });
const list = (items: readonly YamlNode[], tag?: string): YamlNode => ({
  kind: "sequence",
  tag,
  at: 8,
  items,
});
const map = (pairs: readonly YamlPair[], tag?: string): YamlMapping => ({
  kind: "mapping",
  tag,
  at: 9,
  pairs,
});
const core = (name: string) => `tag:yaml.org,2002:${name}`;

// Each row: what it shows, the node, the JSON of its value.
const MADE: readonly (readonly [string, YamlNode, unknown])[] = [
  ["a plain scalar is typed", plain("010"), 8],
  ["a quoted scalar is text", quoted("010"), "010"],
  ["a tag decides", plain("010", core("str")), "010"],
  ["a bare ! types even what is quoted", { ...quoted("12"), tag: "!" }, 12],
  ["the last of equal keys wins", map([[plain("a"), plain("1")], [quoted("a"), plain("2")]]), { a: 2 }],
  ["a set has keys only", map([[plain("a"), plain("")], [plain("b"), plain("")]], core("set")), ["a", "b"]],
  [
    "own keys win over merged ones",
    map([[plain("a"), plain("1")], [plain("<<"), map([[plain("a"), plain("2")]])]]),
    {
      a: 1,
    },
  ],
  [
    "merges reach through merges",
    map([[plain("<<"), map([[plain("<<"), map([[plain("a"), plain("1")]])]])]]),
    {
      a: 1,
    },
  ],
  [
    "pairs are tuples",
    list([map([[plain("a"), plain("1")]]), map([[plain("a"), plain("2")]])], core("pairs")),
    [
      ["a", 1],
      ["a", 2],
    ],
  ],
];

for (const [what, node, json] of MADE) {
  Deno.test(`construct: given a node, when made, then ${what}`, () => {
    assert.deepEqual(toJson(construct(node)), json);
  });
}

// Each row: the node, the message, the offset it points to.
const FAULTS: readonly (readonly [YamlNode, string, number])[] = [
  [plain("x", "!mine"), "unknown tag", 7],
  [plain("x", core("python/none")), "unknown tag", 7],
  [map([[list([]), plain("x")]]), "a list or mapping used as a key", 9],
  [map([[plain("<<"), plain("x")]]), "a merge of something that is no mapping", 7],
  [map([[plain("<<"), list([list([])])]]), "a merge of something that is no mapping", 8],
  [list([], core("map")), "a sequence that cannot be read as !!map", 8],
  [map([], core("int")), "a mapping that cannot be read as !!int", 9],
  [list([plain("x")], core("omap")), "a sequence that cannot be read as !!omap", 8],
];

for (const [node, message, at] of FAULTS) {
  Deno.test(`construct: given a wrong node, when made, then it is ${message}`, () => {
    assert.throws(() => construct(node), (thrown) => {
      assert.ok(thrown instanceof YamlFault);
      assert.deepEqual([thrown.message, thrown.at], [message, at]);
      return true;
    });
  });
}

Deno.test("construct: given one node in several places, when made, then it is one value", () => {
  const shared = list([plain("1")]);
  const value = construct(list([shared, shared]));
  assert.ok(value.kind === "list");
  assert.equal(value.items[0], value.items[1]);
});
