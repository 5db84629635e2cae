import assert from "node:assert/strict";
import { decodeCharacterReferences } from "../../../schemas/python/character_references.ts";

const DECODED: readonly (readonly [string, string])[] = [
  ["&lt;b&gt; &AMP;", "<b> &AMP;"],
  ["&eacute;&Eacute;&frac12;", "éÉ½"],
  ["&apos;&bogus;&amp", "&apos;&bogus;&amp"],
  ["&#233;&#xe9;&#xE9;&#Xe9;", "ééé&#Xe9;"],
  ["&#x;&#;", "&#x;&#;"],
  ["&amp;#65; &amp;lt;", "A &lt;"],
  ["&#38;#x41;", "A"],
  ["&#1114112;&#65;&#x41;", "&#1114112;&#65;A"],
];

for (const [text, decoded] of DECODED) {
  Deno.test(`decodeCharacterReferences: given ${text}, when decoded, then only HTML 4 references are`, () => {
    assert.equal(decodeCharacterReferences(text), decoded);
  });
}
