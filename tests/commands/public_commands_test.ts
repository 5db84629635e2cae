/** Every command of the program, and the command lines of public service definitions. @module */

import assert from "node:assert/strict";
import { parseCommandLine } from "../../commands/cli/command_line.ts";
import { SUBCOMMANDS } from "../../commands/cli/subcommands.ts";
import { runWords } from "./support/command.ts";

const ENV = { HOME: "/nowhere", PREFECT_API_URL: "http://127.0.0.1:1/api" };

for (const { path, options, about } of SUBCOMMANDS) {
  const name = path.join(" ");
  Deno.test(`commands: given \`${name} --help\`, when run, then all its options are listed and the exit code is 0`, async () => {
    const { code, out, err } = await runWords([...path, "--help"], ENV);

    assert.deepEqual([code, err], [0, ""]);
    assert.ok(out.replaceAll(/\s+/g, " ").includes(about), about);
    for (const option of options) assert.ok(out.includes(`--${option.name}`), option.name);
  });

  Deno.test(`commands: given \`${name}\` with an unknown option, when run, then one message names it and the exit code is 2`, async () => {
    const { code, out, err } = await runWords([...path, "--nonsense-option"], ENV);

    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /nonsense-option|^Missing agent after `start`/);
    assert.doesNotMatch(err, /\n/);
  });
}

/** Container commands that people keep when only the image is exchanged, and what they mean. */
const PUBLIC: readonly (readonly [words: string, values: Readonly<Record<string, unknown>>])[] = [
  ["prefect worker start -p P --type ecs", { pool: "P", type: "ecs" }],
  ["prefect worker start --pool P --type ecs", { pool: "P", type: "ecs" }],
  ["prefect worker start --pool=P --type=ecs", { pool: "P", type: "ecs" }],
  [
    "prefect worker start --type ecs --pool P --with-healthcheck --work-queue a --work-queue b",
    { type: "ecs", pool: "P", "with-healthcheck": true, "work-queue": ["a", "b"] },
  ],
  [
    "prefect worker start -p P -q a -q b -n W -l 10 -t ecs",
    { pool: "P", "work-queue": ["a", "b"], name: "W", limit: "10", type: "ecs" },
  ],
  [
    "/usr/local/bin/prefect worker start --pool P --install-policy never",
    { pool: "P", "install-policy": "never" },
  ],
  ["prefect --profile prod worker start --pool P", { pool: "P", profile: "prod" }],
  ["prefect -p prod worker start --pool P", { pool: "P", profile: "prod" }],
  ["worker start --pool P --run-once --prefetch-seconds 0", {
    pool: "P",
    "run-once": true,
    "prefetch-seconds": "0",
  }],
  ["prefect worker start --pool P --base-job-template template.json --create-pool-if-not-found", {
    pool: "P",
    "base-job-template": "template.json",
    "create-pool-if-not-found": true,
  }],
];

for (const [words, values] of PUBLIC) {
  Deno.test(`commands: given \`${words}\`, when read, then it starts the worker with these options`, () => {
    const command = parseCommandLine(words.split(" "));

    assert.ok(command.kind === "start" && command.flavour === "worker");
    assert.deepEqual(command.values, values);
  });
}

/** Words in front that mean no command of this program, and commands that take a value it does not have. */
const WRONG: readonly (readonly [words: string, message: RegExp])[] = [
  ["prefect worker", /^Missing command after `worker`: accepted are start$/],
  ["prefect worker stop", /^Unknown command 'stop'/],
  ["prefect server start", /^Unknown command 'server'/],
  ["prefect deploy", /^Unknown command 'deploy'/],
  ["prefect worker start --pool P --type process", /--type.*ecs/],
  ["prefect worker start --pool P --wrok-queue a", /did you mean --work-queue\?$/],
];

for (const [words, message] of WRONG) {
  Deno.test(`commands: given \`${words}\`, when run, then one message says what is accepted and the exit code is 2`, async () => {
    const { code, out, err } = await runWords(words.split(" "), ENV);

    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, message);
  });
}
