import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runWords } from "./support/command.ts";

/** The command was typed here; the working folder of this process is the program's own. */
const HERE = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");

const ENV = {
  INIT_CWD: HERE,
  HOME: "/nowhere/home",
  PREFECT__BACKEND: "server",
  AWS_DEFAULT_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "x",
  AWS_SECRET_ACCESS_KEY: "x",
};

const START = ["ecs", "start", "--cluster", "c", "--launch-type", "EC2", "--api", "http://127.0.0.1:9"];
const RUN = "support/flow_run.json";

/** Commands that read a file, and the option that names it; `@` stands for the path. */
const OPTIONS: readonly (readonly [option: string, words: readonly string[]])[] = [
  ["--task-definition", ["explain", "ecs", "--flow-run-file", RUN, "--task-definition", "@"]],
  ["--run-task-kwargs", ["explain", "ecs", "--flow-run-file", RUN, "--run-task-kwargs", "@"]],
  ["--flow-run-file", ["explain", "ecs", "--flow-run-file", "@"]],
  ["--aws-limits", [...START, "--aws-limits", "@"]],
  ["--kwargs-file", ["task-environment", "setup", "--kwargs-file", "@"]],
  ["--flow-file", ["task-environment", "setup", "--flow-file", "@"]],
  ["--faults", ["sandbox", "--faults", "@"]],
  ["FILE", ["inspect", "@"]],
  ["FILE", ["replay", "@"]],
  ["FILE", ["trace", "run-1", "@"]],
];

const PATHS: readonly (readonly [typed: string, absolute: string, why: RegExp])[] = [
  ["no such.yaml", `${HERE}/no such.yaml`, /no such file|no file/],
  ["../no.yaml", `${HERE.replace(/\/[^/]*$/, "")}/no.yaml`, /no such file|no file/],
  ["~/no.yaml", "/nowhere/home/no.yaml", /no such file|no file/],
  ["file:///nowhere/no.yaml", "/nowhere/no.yaml", /no such file|no file/],
  ["file://no.yaml", `${HERE}/no.yaml`, /no such file|no file/],
  ["support", `${HERE}/support`, /is a folder|no file/],
];

for (const [option, words] of OPTIONS) {
  for (const [typed, absolute, why] of PATHS) {
    const line = words.join(" ").replace("@", `'${typed}'`);
    Deno.test(`${line}: given INIT_CWD, when it cannot be read, then option, path as typed and absolute path are told`, async () => {
      const { code, err, out } = await runWords(words.map((word) => word === "@" ? typed : word), ENV);

      assert.equal(code, 1, out + err);
      for (const part of option === "FILE" ? [typed, absolute] : [option, typed, absolute]) {
        assert.ok(err.includes(part), `${part} is not in: ${err}`);
      }
      assert.match(err, why);
      assert.ok(err.length < 400, err);
    });
  }
}

for (const [option, words] of OPTIONS) {
  // Click takes an empty value of these for none, and so does this agent.
  if (["--task-definition", "--run-task-kwargs", "--aws-limits"].includes(option)) continue;
  const line = words.join(" ").replace("@", "''");
  Deno.test(`${line}: given an empty path, when run, then it says so`, async () => {
    const { code, err } = await runWords(words.map((word) => word === "@" ? "" : word), ENV);

    assert.notEqual(code, 0);
    assert.match(err, /path is empty|one of --flow-run/, err);
  });
}

Deno.test("explain: given another working folder than the program's own, when typed, then INIT_CWD says nothing", async () => {
  const { locateFrom } = await import("../../commands/wiring/locate.ts");

  assert.equal(locateFrom({ INIT_CWD: "/srv" })("k.yaml"), "/srv/k.yaml");
  assert.equal(locateFrom({})("k.yaml"), `${Deno.cwd()}/k.yaml`);
});

Deno.test("machines --out: given a folder that may not be written, when run, then it is told", async () => {
  const { code, err } = await runWords(["machines", "--out", "charts"], ENV);

  assert.equal(code, 1);
  assert.match(
    err,
    /^Cannot write below charts: this process may not write there; .*\(--out, \/.*\/charts\)$/,
  );
});
