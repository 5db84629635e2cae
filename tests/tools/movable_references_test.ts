/** Nothing that is built from may be moved by somebody else. @module */

import assert from "node:assert/strict";
import { dockerfileFaults, importFaults, workflowFaults } from "../../tools/movable_references.ts";

const ROOT = new URL("../../", import.meta.url);
const SHA = "0123456789abcdef0123456789abcdef01234567";
const DIGEST = `sha256:${SHA}${SHA.slice(0, 24)}`;

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

Deno.test("movable references: given this repository's workflows, when looked through, then nothing in them moves", () => {
  const files = [...Deno.readDirSync(new URL(".github/workflows/", ROOT))].map(({ name }) => name);

  assert.ok(files.length >= 2);
  for (const name of files) assert.deepEqual(workflowFaults(read(`.github/workflows/${name}`)), [], name);
});

Deno.test("movable references: given this repository's Dockerfile, import map and lock file, when looked through, then nothing in them moves", () => {
  assert.deepEqual(dockerfileFaults(read("Dockerfile")), []);
  assert.deepEqual(importFaults(JSON.parse(read("deno.json")), JSON.parse(read("deno.lock"))), []);
});

Deno.test("movable references: given the CI script, when it asks npx for a package, then with an exact version", () => {
  const workflow = `permissions: {}\njobs:\n  a:\n    permissions:\n${read(".ci/run")}`;

  assert.deepEqual(workflowFaults(workflow).filter((fault) => fault.includes("exact version")), []);
});

/** A workflow with one job, which is right apart from what is given. */
function workflow(
  step: string,
  { top = "permissions: {}", job = "    permissions:\n      contents: read\n" } = {},
) {
  return `name: x\non: [push]\n${top}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n${job}    steps:\n${step}\n`;
}

for (
  const [name, text, fault] of [
    ["a tag", workflow("      - uses: actions/checkout@v4"), /not pinned by the id of a commit/],
    ["a branch", workflow("      - uses: actions/checkout@main # " + SHA), /not pinned by the id/],
    ["a short id", workflow(`      - uses: actions/checkout@${SHA.slice(0, 12)}`), /not pinned by the id/],
    ["no reference", workflow("      - uses: actions/checkout"), /not pinned by the id/],
    ["a quoted tag", workflow('      - "uses": "actions/checkout@v4"'), /not pinned by the id/],
    ["a tag in flow style", workflow("      - {name: a, uses: actions/checkout@v4}"), /not pinned by the id/],
    ["a tag on a line of its own", workflow("      - uses: >-\n          actions/checkout@v4"), /not pinned/],
    ["an image by tag", workflow("      - uses: docker://alpine:3"), /not pinned by the id/],
    [
      "a service by tag",
      workflow("", { job: "    permissions:\n    services: {db: {image: postgres:16}}\n" }),
      /image postgres:16/,
    ],
    ["a runner that moves", workflow("").replace("24.04", "latest"), /runner ubuntu-latest moves/],
    ["no permissions at the top", workflow("", { top: "" }), /missing at its top/],
    ["wide permissions", workflow("", { top: "permissions: write-all" }), /at once/],
    ["a job without permissions", workflow("", { job: "" }), /job a does not say/],
    ["a trigger for foreign code", workflow("").replace("[push]", "pull_request_target"), /foreign code/],
    [
      "a download in a shell",
      workflow("      - run: curl -fsSL https://x.example/i.sh | sh"),
      /into a shell/,
    ],
    [
      "a package without a version",
      workflow("      - run: npx --yes deno task test"),
      /deno has no exact version/,
    ],
    ["a package with a range", workflow("      - run: npm install -g deno@2"), /deno has no exact version/],
    [
      "a name of somebody else's in a command",
      workflow("      - run: echo ${{ github.head_ref }}"),
      /github\.head_ref/,
    ],
  ] as const
) {
  Deno.test(`movable references: given a workflow with ${name}, when looked through, then it is told`, () => {
    assert.match(workflowFaults(text).join("\n"), fault);
  });
}

Deno.test("movable references: given a workflow with everything pinned, when looked through, then nothing is told", () => {
  const steps = [
    `      - uses: actions/checkout@${SHA} # v4.2.2`,
    `      - uses: owner/repo/path@${SHA}`,
    "      - uses: ./.github/actions/own",
    `      - uses: docker://alpine@${DIGEST}`,
    "      - run: npx --yes deno@2.9.6 task test",
    "      # - uses: actions/checkout@v4",
  ];

  assert.deepEqual(workflowFaults(workflow(steps.join("\n"))), []);
});

for (
  const [name, text, count] of [
    ["a tag", "FROM denoland/deno:2.9.6", 1],
    ["no tag", "FROM --platform=linux/amd64 alpine", 1],
    ["a short digest", `FROM alpine@${DIGEST.slice(0, -1)}`, 1],
    ["a later stage by tag", `FROM alpine@${DIGEST} AS build\nFROM build\nFROM debian:12`, 1],
    ["a copy from an image by tag", `FROM alpine@${DIGEST}\nCOPY --from=busybox:1 /a /a`, 1],
    ["an address", `FROM scratch\nADD https://x.example/a /a`, 1],
    ["digests and stages", `FROM alpine:3@${DIGEST} as build\nFROM scratch\nCOPY --from=build /a /a`, 0],
  ] as const
) {
  Deno.test(`movable references: given a Dockerfile with ${name}, when looked through, then ${count} faults are told`, () => {
    assert.equal(dockerfileFaults(text).length, count);
  });
}

Deno.test("movable references: given ranges, addresses, missing checksums or an open lock file, when looked through, then each is told", () => {
  const imports = {
    a: "npm:a@^1.0.0",
    b: "npm:b",
    c: "jsr:@x/c@1.0.0",
    d: "https://x.example/d.ts",
    e: "npm:@x/e@1.2.3",
    f: "npm:/f@1.0.0/",
  };
  const integrity = `sha512-${"A".repeat(86)}==`;
  const locked = {
    specifiers: { "npm:@x/e@1.2.3": "1.2.3" },
    npm: { "@x/e@1.2.3": { integrity }, "g@1.0.0": {} },
  };

  const faults = importFaults({ imports, lock: true }, locked);

  assert.deepEqual(faults.filter((fault) => fault.includes("no exact version")).length, 4);
  assert.ok(
    faults.includes("f is not in the lock file") &&
      faults.includes("g@1.0.0 has no SHA-512 in the lock file"),
  );
  assert.ok(faults.includes("the lock file is not frozen"));
});
