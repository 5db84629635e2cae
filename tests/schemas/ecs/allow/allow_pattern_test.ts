import assert from "node:assert/strict";
import fc from "fast-check";
import { type AllowKind, allowPattern, isAllowed } from "../../../../schemas/ecs/allow/allow_pattern.ts";

const ACCOUNT = "arn:aws:iam::123456789012:role";
const CLUSTERS = "arn:aws:ecs:eu-west-1:123456789012:cluster";

/** Kind, what is listed, and what it allows or does not. */
const ROWS: readonly (readonly [AllowKind, string, readonly string[], readonly string[]])[] = [
  ["image", "flows:1", ["flows:1"], [
    "flows:10",
    "xflows:1",
    "flows:1 ",
    "FLOWS:1",
    "docker.io/flows:1",
    "x/flows:1",
  ]],
  ["image", "reg/*:1", ["reg/a:1", "reg/a/b:1", "reg/:1"], ["reg/a:2", "evil/reg/a:1", "reg/a:1@sha256:0"]],
  ["image", "a.b+c[d]?", ["a.b+c[d]?"], ["aXb+c[d]?", "a.bbc[d]?", "a.b+cd?", "a.b+c[d]"]],
  ["image", "*", ["anything", ""], []],
  ["image", "aXa*aXa", ["aXaaXa", "aXabaXa"], ["aXa", "aXaXa"]],
  ["role", "flow", ["flow", `${ACCOUNT}/flow`, `${ACCOUNT}/team/flow`, "team/flow"], [
    "flows",
    `${ACCOUNT}/flows`,
    `${ACCOUNT}/flow/admin`,
    "arn:aws:sts::123456789012:assumed-role/flow",
    "arn:aws:iam::123456789012:user/flow",
    `${ACCOUNT}/x:role/flow`,
  ]],
  ["role", `${ACCOUNT}/flow`, ["flow", `${ACCOUNT}/flow`], [
    `${ACCOUNT}/team/flow`,
    "arn:aws:iam::999999999999:role/flow",
    "flow-admin",
  ]],
  ["role", `${ACCOUNT}/team/flow`, ["flow", "team/flow", `${ACCOUNT}/team/flow`], [
    "other/flow",
    `${ACCOUNT}/flow`,
    `${ACCOUNT}/other/flow`,
  ]],
  ["role", `${ACCOUNT}/team/*`, [`${ACCOUNT}/team/flow`, "team/flow"], ["flow", "admin", `${ACCOUNT}/admin`]],
  ["role", "flow-*", ["flow-x", `${ACCOUNT}/flow-x`, `${ACCOUNT}/team/flow-x`], [
    "admin",
    `${ACCOUNT}/admin`,
    `${ACCOUNT}/flow-x/admin`,
  ]],
  ["role", "arn:aws:iam::*:role/flow-*", ["flow-x", `${ACCOUNT}/flow-x`], ["admin", `${ACCOUNT}/admin`]],
  ["cluster", "flows", ["flows", `${CLUSTERS}/flows`], [
    "Flows",
    `${CLUSTERS}/flows2`,
    `${CLUSTERS}/x/flows`,
  ]],
  ["cluster", `${CLUSTERS}/flows`, ["flows", `${CLUSTERS}/flows`], [
    "default",
    "arn:aws:ecs:us-east-1:123456789012:cluster/flows",
  ]],
  ["cluster", "arn:*:cluster/flow*", ["flows", `${CLUSTERS}/flows`], ["default", `${CLUSTERS}/default`]],
];

for (const [kind, text, allowed, refused] of ROWS) {
  Deno.test(`allow pattern: given the ${kind} ${text}, when values are compared, then only the same thing is allowed`, () => {
    const pattern = allowPattern(kind, text);

    assert.deepEqual(allowed.filter((value) => !isAllowed(value, pattern)), []);
    assert.deepEqual(refused.filter((value) => isAllowed(value, pattern)), []);
  });
}

Deno.test("allow pattern: given any text with wildcards, when compared, then it allows what a plain search for its parts allows", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 6 });
  const values = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });

  fc.assert(fc.property(letters, values, (text, value) => {
    assert.equal(isAllowed(value, allowPattern("image", text)), matches(value, text));
  }));
});

/** The same by trying every length of every wildcard. */
function matches(value: string, text: string): boolean {
  if (text === "") return value === "";
  if (!text.startsWith("*")) {
    return value !== "" && value[0] === text[0] && matches(value.slice(1), text.slice(1));
  }
  return Array.from({ length: value.length + 1 }, (_, at) => at).some((at) =>
    matches(value.slice(at), text.slice(1))
  );
}

Deno.test("allow pattern: given the operator's own value, when compared, then a star in it is a star", () => {
  const own = allowPattern("image", "flows:*", null);

  assert.deepEqual(["flows:*", "flows:1"].map((value) => isAllowed(value, own)), [true, false]);
});
