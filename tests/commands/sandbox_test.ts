import assert from "node:assert/strict";
import { resolve } from "node:path";
import { runDemo } from "../../commands/demo.ts";
import type { Io } from "../../commands/wiring/io.ts";
import {
  describeSandbox,
  parseSandboxArguments,
  refuseStandalone,
  runSandbox,
} from "../../commands/sandbox.ts";

function recordingIo() {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    write: (line) => void out.push(line),
    writeError: (line) => void err.push(line),
    env: {},
    isTerminal: false,
    signal: new AbortController().signal,
  };
  return { io, out, err };
}

Deno.test("sandbox command: given every option, then each is read, with = or a space", () => {
  const args = "--api-port 4200 --ecs-port=4201 --data x/y --aws-limits none --faults f.json".split(" ");
  const parsed = parseSandboxArguments([...args, "--image-exec", "a=b c", "--image-exec=d=e=f"]);

  assert.deepEqual(parsed, {
    apiPort: 4200,
    ecsPort: 4201,
    dataDir: resolve("x/y"),
    imageExec: ["a=b c", "d=e=f"],
    limits: "none",
    faultsFile: "f.json",
    isHelp: false,
  });
});

Deno.test("sandbox command: given nothing, then free ports, the usual folder and AWS's limits", () => {
  assert.deepEqual(parseSandboxArguments([]), {
    apiPort: 0,
    ecsPort: 0,
    dataDir: resolve(".sandbox"),
    imageExec: [],
    limits: "documented",
    faultsFile: null,
    isHelp: false,
  });
});

/** Wrong command lines, and what the message must name. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["--nope"], /--nope/],
  [["--api-port"], /--api-port/],
  [["--api-port", "many"], /many for --api-port: write a port from 0 to 65535/],
  [["--ecs-port", "65536"], /65536 for --ecs-port/],
  [["--ecs-port", "-1"], /--ecs-port/],
  [["--aws-limits", "some"], /some for --aws-limits: write documented or none/],
  [["--data", ""], /--data/],
  [["--image-exec", "foo"], /--image-exec foo: write PATTERN=PREFIX/],
  [["stray"], /stray/],
];

for (const [args, message] of WRONG) {
  Deno.test(`sandbox command: given ${args.join(" ")}, then exit code 2, what is wrong and the usage`, async () => {
    const { io, out, err } = recordingIo();

    assert.equal(await runSandbox(args, io), 2);

    assert.match(err[0] ?? "", message);
    assert.match(err[1] ?? "", /^Usage: deno task sandbox/);
    assert.deepEqual(out, []);
  });
}

Deno.test("sandbox command: given a faults file that is not there, then exit code 1 and its name", async () => {
  const { io, err } = recordingIo();

  assert.equal(await runSandbox(["--faults", "no-such-file.json"], io), 1);

  assert.match(err[0] ?? "", /no-such-file\.json/);
});

Deno.test("sandbox and demo commands: given --help, then the usage and nothing else", async () => {
  const { io, out } = recordingIo();

  assert.deepEqual([await runSandbox(["--help"], io), await runDemo(["--help"], io)], [0, 0]);

  assert.match(out[0] ?? "", /--image-exec PATTERN=PREFIX/);
  assert.match(out[1] ?? "", /^Usage: deno task demo/);
});

Deno.test("demo command: given an argument, then exit code 2 and its name", async () => {
  const { io, err } = recordingIo();

  assert.equal(await runDemo(["--fast"], io), 2);
  assert.match(err[0] ?? "", /--fast/);
});

Deno.test("sandbox command: given its addresses, then variables for Prefect, AWS and the agent are printed", async () => {
  const lines = await describeSandbox(
    { apiUrl: "http://127.0.0.1:1", ecsUrl: "http://127.0.0.1:2" },
    "/data",
  );

  for (
    const line of [
      "Prefect 1 API: http://127.0.0.1:1",
      "Local ECS:     http://127.0.0.1:2",
      "  export PREFECT__BACKEND=server",
      "  export PREFECT__SERVER__HOST=http://127.0.0.1",
      "  export PREFECT__SERVER__PORT=1",
      "  export PREFECT__CLOUD__API=http://127.0.0.1:1",
      "  export AWS_ENDPOINT_URL=http://127.0.0.1:2",
      "  export AWS_REGION=us-east-1",
    ]
  ) assert.ok(lines.includes(line), line);
});

Deno.test("sandbox command: given the compiled binary, then it says which command to use instead", () => {
  assert.throws(() => refuseStandalone("sandbox", true), /use deno task sandbox/);
  assert.doesNotThrow(() => refuseStandalone("sandbox", false));
});
