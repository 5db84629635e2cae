import assert from "node:assert/strict";
import type { SourceFile } from "../../../tools/house/breach.ts";
import { fileCircles, roomCircles } from "../../../tools/house/circles.ts";

const file = (path: string, ...targets: readonly string[]): SourceFile => ({
  path,
  text: targets.map((to) => `import type { A } from "${to}";\n`).join(""),
});

Deno.test("circles: given three files that import each other, when they are checked, then the way round is reported", () => {
  const files = [
    file("agent/a.ts", "./b.ts"),
    file("agent/b.ts", "../machines/c.ts"),
    file("machines/c.ts", "../agent/a.ts"),
  ];

  assert.deepEqual(fileCircles(files).map(({ path, what }) => [path, what]), [
    ["agent/a.ts", "import circle: agent/a.ts -> agent/b.ts -> machines/c.ts -> agent/a.ts"],
  ]);
});

Deno.test("circles: given two files that share a third one, when they are checked, then there is no circle", () => {
  assert.deepEqual(fileCircles([file("a.ts", "./b.ts", "./c.ts"), file("b.ts", "./c.ts"), file("c.ts")]), []);
});

Deno.test("circles: given files without a circle in rooms with one, when rooms are checked, then the circle is reported", () => {
  const files = [
    file("commands/start.ts", "./wiring/io.ts"),
    file("commands/wiring/io.ts"),
    file("commands/wiring/dispatch.ts", "../demo.ts"),
    file("commands/demo.ts"),
  ];

  assert.deepEqual(fileCircles(files), []);
  assert.deepEqual(roomCircles(files).map(({ path, what }) => [path, what]), [
    ["commands", "circle between rooms: commands -> commands/wiring -> commands"],
  ]);
});

Deno.test("circles: given imports inside one room, when rooms are checked, then they are no circle", () => {
  assert.deepEqual(roomCircles([file("agent/a.ts", "./b.ts"), file("agent/b.ts")]), []);
});
