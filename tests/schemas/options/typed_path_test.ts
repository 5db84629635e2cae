import assert from "node:assert/strict";
import { absolutePath, typingFolder } from "../../../schemas/options/typed_path.ts";

const PLACE = { folder: "/home/me/flows", home: "/home/me" };

const PATHS: readonly (readonly [typed: string, absolute: string])[] = [
  ["k.yaml", "/home/me/flows/k.yaml"],
  ["./k.yaml", "/home/me/flows/k.yaml"],
  ["../k.yaml", "/home/me/k.yaml"],
  ["/etc/k.yaml", "/etc/k.yaml"],
  ["~/k.yaml", "/home/me/k.yaml"],
  ["~", "/home/me"],
  ["~you/k.yaml", "/home/me/flows/~you/k.yaml"],
  ["file:///etc/k.yaml", "/etc/k.yaml"],
  ["FILE:///etc/k.yaml", "/etc/k.yaml"],
  ["file://localhost/etc/k.yaml", "/etc/k.yaml"],
  ["file:/etc/k.yaml", "/etc/k.yaml"],
  ["file:k.yaml", "/home/me/flows/k.yaml"],
  ["file://k.yaml", "/home/me/flows/k.yaml"],
  ["file://./k.yaml", "/home/me/flows/k.yaml"],
  ["file://../k.yaml", "/home/me/k.yaml"],
  ["file://~/k.yaml", "/home/me/k.yaml"],
  ["with blank/k.yaml", "/home/me/flows/with blank/k.yaml"],
  ["", ""],
  ["file://", ""],
];

for (const [typed, absolute] of PATHS) {
  Deno.test(`absolutePath: given '${typed}', when it was typed in a folder, then it is '${absolute}'`, () => {
    assert.equal(absolutePath(typed, PLACE), absolute);
  });
}

Deno.test("absolutePath: given ~ and no home folder, when located, then it counts as a name", () => {
  assert.equal(absolutePath("~/k.yaml", { folder: "/x", home: "" }), "/x/~/k.yaml");
});

Deno.test("typingFolder: given INIT_CWD, when the working folder is the program's own, then it counts, else not", () => {
  const of = (working: string, env: Record<string, string>) =>
    typingFolder({ env, working, own: "/opt/agent" });

  assert.equal(of("/opt/agent", { INIT_CWD: "/home/me/flows" }), "/home/me/flows");
  assert.equal(of("/srv", { INIT_CWD: "/home/me/flows" }), "/srv");
  assert.equal(of("/opt/agent", {}), "/opt/agent");
  assert.equal(of("/opt/agent", { INIT_CWD: "" }), "/opt/agent");
  assert.equal(of("/opt/agent", { INIT_CWD: "flows" }), "/opt/agent");
});
