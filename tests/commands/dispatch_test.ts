/** From the words of a command line to what is printed and the exit code. @module */

import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { runCommand } from "../../commands/dispatch.ts";
import { keptIo, runWords } from "./support/command.ts";

const HOME = "/nowhere";
const RECORDING = "/nowhere/recording.jsonl";

Deno.test("dispatch: given --version, when run, then the version is all and the exit code 0", async () => {
  assert.deepEqual(await runWords(["--version"]), { code: 0, out: project.version, err: "" });
});

for (
  const words of ["--help", "ecs start --help", "fargate start --help", "machines --help", "trace --help"]
) {
  Deno.test(`dispatch: given ${words}, when run, then usage is printed without an empty last line and the exit code is 0`, async () => {
    const { code, out, err } = await runWords(words.split(" "));

    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Usage: prefect-ecs-agent /);
    assert.match(out, /\S$/);
  });
}

/** Command lines that cannot be run: exit code and how the one message begins. */
const REFUSED: readonly (readonly [words: string, code: number, message: string])[] = [
  ["", 2, "Missing command after `prefect-ecs-agent`"],
  ["nonsense", 2, "Unknown command 'nonsense'"],
  ["ecs start --nope", 2, "Unknown option --nope of `ecs start`"],
  ["ecs start", 1, "You have not set an API key for authentication"],
  ["fargate start", 1, "You have not set an API key for authentication"],
  ["ecs start --key k", 1, "Cannot tell the AWS region"],
  ["explain ecs", 2, "Say which flow run to explain by one of"],
  ["fargate validate", 1, "Cannot tell the AWS region"],
  ["task-environment setup", 1, "Cannot tell the task definition's name"],
  [`trace run-1 ${RECORDING}`, 1, `Cannot read the recording ${RECORDING}: `],
  [`replay ${RECORDING}`, 1, `Cannot read the recording ${RECORDING}: `],
  [`inspect ${RECORDING}`, 1, `Cannot read the recording ${RECORDING}: `],
  ["sandbox --faults /nowhere/faults.json", 1, "Cannot read the faults of /nowhere/faults.json: "],
];
for (const [words, code, message] of REFUSED) {
  Deno.test(`dispatch: given \`${words}\`, when it cannot run, then one message says why and the exit code is ${code}`, async () => {
    const ran = await runWords(words.split(" ").filter((word) => word !== ""), { HOME });

    assert.deepEqual([ran.code, ran.out], [code, ""]);
    assert.equal(ran.err.slice(0, message.length), message);
    assert.equal(ran.err.includes("\n"), false);
  });
}

Deno.test("dispatch: given machines, when run, then every chart is printed in three forms", async () => {
  const { code, out } = await runWords(["machines"]);

  const titles = [...out.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  assert.equal(code, 0);
  assert.deepEqual(titles.toSorted(), ["agent", "flow_run"]);
  for (const form of ["mermaid", "json", "svg"]) {
    assert.equal(out.split(`\`\`\`${form}\n`).length - 1, titles.length, form);
  }
});

Deno.test("dispatch: given a fault of the program, when it comes up, then it is told as such and the exit code is 1", async () => {
  const { io, err } = keptIo();
  const write = () => {
    throw new RangeError("out of range");
  };

  const code = await runCommand(["--version"], { ...io, shown: { ...io.shown, text: write } });

  assert.deepEqual([code, err], [1, ["Unexpected fault of this program: RangeError: out of range"]]);
});
