import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parseCommandLine } from "../../commands/cli/command_line.ts";
import { describeSandbox } from "../../commands/sandbox.ts";
import { refuseStandalone } from "../../commands/dispatch.ts";
import { runWords } from "./support/command.ts";

const run = (...words: readonly string[]) => runWords(words);

Deno.test("sandbox command: given every option, when read, then each becomes a setting, with = or a blank", () => {
  const words =
    "--api-port 4200 --ecs-port=4201 --prefect3-port 4202 --kubernetes-port 4203 --data x/y --aws-limits NONE --faults f.json"
      .split(
        " ",
      );

  const command = parseCommandLine(["sandbox", ...words, "--image-exec", "a=b c", "--image-exec=d=e=f"]);

  assert.deepEqual(command, {
    kind: "sandbox",
    settings: {
      apiPort: 4200,
      prefect3Port: 4202,
      ecsPort: 4201,
      kubernetesPort: 4203,
      dataDir: "x/y",
      imageExec: ["a=b c", "d=e=f"],
      limits: "none",
      faultsFile: "f.json",
    },
  });
});

Deno.test("sandbox command: given no option, when read, then free ports, the folder .sandbox and AWS's limits", () => {
  assert.deepEqual(parseCommandLine(["sandbox"]), {
    kind: "sandbox",
    settings: {
      apiPort: 0,
      prefect3Port: 0,
      ecsPort: 0,
      kubernetesPort: 0,
      dataDir: resolve(".sandbox"),
      imageExec: [],
      limits: "documented",
      faultsFile: null,
    },
  });
});

/** Wrong command lines, and the whole message. */
const WRONG: readonly (readonly [words: string, message: string])[] = [
  ["sandbox --nope", "Unknown option --nope of `sandbox`: see `sandbox --help`"],
  ["sandbox --aws-limit none", "Unknown option --aws-limit of `sandbox`: did you mean --aws-limits?"],
  [
    "sandbox --api-port",
    "Missing value after option --api-port <PORT> of `sandbox`: nothing follows it; is a shell variable empty?",
  ],
  ["sandbox --api-port many", "Invalid value for '--api-port': 'many' is not a port from 0 to 65535"],
  ["sandbox --api-port 1.5", "Invalid value for '--api-port': '1.5' is not a port from 0 to 65535"],
  ["sandbox --ecs-port 65536", "Invalid value for '--ecs-port': '65536' is not a port from 0 to 65535"],
  ["sandbox --ecs-port -1", "Invalid value for '--ecs-port': '-1' is not a port from 0 to 65535"],
  [
    "sandbox --aws-limits some",
    "Invalid value for '--aws-limits': 'some' is not one of 'documented', 'none' (in any case)",
  ],
  ["sandbox --data=", "Invalid value for '--data': it must name a folder"],
  [
    "sandbox --image-exec foo",
    "Cannot read --image-exec foo: write PATTERN=PREFIX, such as 'prefecthq/*=env PATH=/opt/venv/bin:/bin'",
  ],
  ["sandbox stray", "Unexpected word 'stray' after `sandbox`: it takes options only"],
  ["sandbox --help=1", "Option --help does not take a value"],
  ["demo --stay=1", "Option --stay does not take a value"],
  ["demo --fast", "Unknown option --fast of `demo`: see `demo --help`"],
  ["replay a b c", "Unexpected word 'c' after `replay`: it takes <file> [run]"],
  ["trace", "Missing run after `trace`: it takes <run> [file]"],
  [
    "inspect a --listen 99999",
    "Invalid value for '--listen': '99999' is not HOST:PORT or PORT, with a port from 0 to 65535",
  ],
  ["demo fast", "Unexpected word 'fast' after `demo`: it takes options only"],
];

for (const [words, message] of WRONG) {
  Deno.test(`command line: given ${words}, when run, then exit code 2 and what is wrong`, async () => {
    assert.deepEqual(await run(...words.split(" ")), { code: 2, out: "", err: message });
  });
}

for (const port of ["0", "1", "65535"]) {
  Deno.test(`sandbox command: given --api-port ${port}, when read, then it is accepted`, () => {
    const command = parseCommandLine(["sandbox", "--api-port", port]);

    assert.ok(command.kind === "sandbox");
    assert.equal(command.settings.apiPort, Number(port));
  });
}

Deno.test("sandbox command: given a faults file that does not exist, when run, then exit code 1 and its name", async () => {
  const { code, out, err } = await run("sandbox", "--faults", "no-such-file.json");

  assert.deepEqual({ code, out }, { code: 1, out: "" });
  assert.match(err, /^Cannot read the faults of no-such-file\.json: /);
});

for (const help of [["sandbox", "--help"], ["sandbox", "-h"], ["help", "sandbox"]]) {
  Deno.test(`command line: given ${help.join(" ")}, when run, then every option is printed and exit code 0`, async () => {
    const { code, out, err } = await run(...help);

    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /^Usage: prefect-ecs-agent sandbox \[options\]/);
    for (const name of ["api-port", "ecs-port", "data", "image-exec", "aws-limits", "faults"]) {
      assert.match(out, new RegExp(`^  --${name} <`, "m"));
    }
    assert.match(out, /default: documented/);
    assert.match(out, /'prefecthq\/\*=env/);
  });
}

Deno.test("command line: given demo --help, when run, then what the demo does is printed and exit code 0", async () => {
  const { code, out, err } = await run("demo", "--help");

  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.match(out, /^Usage: prefect-ecs-agent demo \[options\]/);
  assert.match(out, /about 20 flow runs/);
});

Deno.test("sandbox command: given its addresses, then variables for Prefect, AWS and the agent are printed", async () => {
  const lines = await describeSandbox(
    {
      apiUrl: "http://127.0.0.1:1",
      prefect3Url: "http://127.0.0.1:3/api",
      apiKey: "k1",
      ecsUrl: "http://127.0.0.1:2",
      accessKeyId: "a2",
    },
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
      "Prefect 3 API: http://127.0.0.1:3/api",
      "  export PREFECT_API_URL=http://127.0.0.1:3/api",
      "  export PREFECT_API_AUTH_STRING=k1",
      "  export AWS_ENDPOINT_URL=http://127.0.0.1:2",
      "  export PREFECT__CLOUD__API_KEY=k1",
      "  export AWS_ACCESS_KEY_ID=a2",
      "  export AWS_REGION=us-east-1",
      "All of them at once: . /data/environment.sh",
      "What containers print: http://127.0.0.1:2/?token=a2",
    ]
  ) assert.ok(lines.includes(line), line);
});

Deno.test("command line: given the compiled binary, when sandbox is run, then the command to use instead is named", () => {
  assert.throws(() => refuseStandalone("sandbox", true), /use deno task sandbox/);
  assert.doesNotThrow(() => refuseStandalone("sandbox", false));
});
