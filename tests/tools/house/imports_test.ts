import assert from "node:assert/strict";
import { importBreaches } from "../../../tools/house/imports.ts";

const breachesOf = (path: string, text: string): readonly string[] =>
  importBreaches([{ path, text }]).map(({ line, what }) => `${line}: ${what}`);

Deno.test("imports: given a room below another one, when it imports upwards, then each import is a breach", () => {
  const rows = [
    ["schemas/json/a.ts", "../failure/failure.ts"],
    ["schemas/contracts/a.ts", "../ecs/launch_plan.ts"],
    ["schemas/contracts/a.ts", "../prefect1/state.ts"],
    ["schemas/prefect1/config/a.ts", "../../ecs/launch_plan.ts"],
    ["schemas/ecs/a.ts", "../prefect1/state.ts"],
    ["machines/a.ts", "../schemas/ecs/launch_plan.ts"],
    ["machines/a.ts", "../actors/time/wait.ts"],
    ["flavours/ecs_agent/a.ts", "../fargate_agent/image.ts"],
    ["flavours/ecs_agent/a.ts", "../../actors/aws/check_request.ts"],
    ["actors/watch/a.ts", "../ecs/calls.ts"],
    ["actors/prefect1/a.ts", "../ecs/calls.ts"],
    ["actors/ecs/a.ts", "../prefect1/api.ts"],
    ["actors/aws/a.ts", "../ecs/calls.ts"],
    ["agent/a.ts", "../actors/ecs/calls.ts"],
    ["commands/wiring/a.ts", "../start.ts"],
    ["sandbox/ecs/a.ts", "../prefect1/server.ts"],
    ["sandbox/ecs/a.ts", "../../actors/ecs/calls.ts"],
    ["inspector/page/a.ts", "../feed/notes.ts"],
    ["simulation/ecs/a.ts", "../prefect1/store.ts"],
    ["main.ts", "./tests/support/world.ts"],
  ] as const;

  for (const [path, to] of rows) {
    assert.equal(breachesOf(path, `import type { A } from "${to}";`).length, 1, `${path} -> ${to}`);
  }
});

Deno.test("imports: given a breach on the third line, when it is reported, then its line and both rooms are named", () => {
  const breaches = breachesOf("agent/a.ts", 'import "rxjs";\n\nexport { a } from "../actors/ecs/calls.ts";');

  assert.deepEqual(breaches, ["3: agent must not import actors/ecs/calls.ts"]);
});

Deno.test("imports: given what the table allows, when it is imported, then there is no breach", () => {
  const rows = [
    ["actors/ecs/a.ts", "../aws/answer.ts"],
    ["actors/ecs/a.ts", "./calls.ts"],
    ["schemas/prefect1/config/a.ts", "../state.ts"],
    ["machines/a.ts", "../schemas/contracts/task.ts"],
    ["flavours/task_environment/a.ts", "../fargate_agent/kwargs.ts"],
    ["commands/a.ts", "./wiring/io.ts"],
    ["commands/a.ts", "../actors/ecs/clients.ts"],
    ["simulation/a.ts", "./ecs/world.ts"],
    ["tests/agent/a.ts", "../../agent/program.ts"],
  ] as const;

  for (const [path, to] of rows) assert.deepEqual(breachesOf(path, `import { a } from "${to}";`), []);
});

Deno.test("imports: given a command, when it imports the sandbox, then only a dynamic import is allowed", () => {
  assert.deepEqual(breachesOf("commands/demo.ts", 'await import("../sandbox/sandbox.ts");'), []);
  assert.equal(breachesOf("commands/demo.ts", 'import { a } from "../sandbox/sandbox.ts";').length, 1);
});

Deno.test("imports: given a package with effects, when a pure room imports it, then it is a breach", () => {
  const rows = [
    ["schemas/ecs/a.ts", "@aws-sdk/client-ecs"],
    ["schemas/json/a.ts", "node:fs"],
    ["flavours/ecs_agent/a.ts", "rxjs"],
    ["machines/a.ts", "rxjs"],
    ["agent/a.ts", "@aws-sdk/client-ecs"],
    ["actors/prefect1/a.ts", "@aws-sdk/client-ecs"],
    ["inspector/views.ts", "node:path"],
  ] as const;

  for (const [path, to] of rows) {
    assert.equal(breachesOf(path, `import "${to}";`).length, 1, `${path} -> ${to}`);
  }
  assert.deepEqual(breachesOf("actors/ecs/a.ts", 'import "@aws-sdk/client-ecs";'), []);
  assert.deepEqual(breachesOf("machines/a.ts", 'import "xstate";'), []);
});

Deno.test("imports: given a folder without a row in the table, when it is checked, then the row is asked for", () => {
  assert.deepEqual(breachesOf("actors/nomad/a.ts", ""), [
    "null: its folder is no room: add a row to tools/house/rooms.ts",
  ]);
});
