import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { latin, utf16 } from "../../support/encodings.ts";
import { denoDir, startProcess } from "../support/process.ts";

const OWN = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

const RUN = JSON.stringify({
  id: "f00dcafe-0000-4000-8000-000000000001",
  flow: { id: "flow-1", name: "typed", version: 1, core_version: "1.4.1" },
  run_config: { type: "ECSRun" },
});

const TEMPLATE = "networkMode: awsvpc\ncpu: '512'\nmemory: '1024'\n" +
  "containerDefinitions:\n  - name: flow\n    image: zoë\n";

/** Types a command in a folder of its own, as `deno task --config` of the program. */
async function typed(
  words: readonly string[],
  { files, task = "agent", folder = "flows" }: {
    readonly files: Readonly<Record<string, string | Uint8Array>>;
    readonly task?: string;
    readonly folder?: string;
  },
): Promise<{ readonly code: number; readonly output: string; readonly home: string }> {
  const home = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${home}/flows`);
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        `${home}/${name}`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    const line = [Deno.execPath(), "task", "--quiet", "--config", `${OWN}/deno.json`, task, ...words];
    const child = startProcess("sh", ["-c", 'cd "$0" && exec "$@"', `${home}/${folder}`, ...line], {
      PATH: Deno.env.get("PATH") ?? "",
      DENO_DIR: denoDir(),
      NO_COLOR: "1",
      HOME: home,
      PREFECT__BACKEND: "server",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    return { code: await child.exited, output: child.output(), home };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const EXPLAIN = ["explain", "ecs", "--launch-type", "EC2"];

/** Paths that name `k.yaml` and `run.json` of the folder where the command is typed. */
const FORMS = (
  name: string,
) => [name, `./${name}`, `../flows/${name}`, `~/flows/${name}`, `file://${name}`, `file://~/flows/${name}`];

for (const index of FORMS("x").keys()) {
  const path = (name: string) => FORMS(name)[index] ?? name;
  Deno.test(`paths: given ${path("td.yaml")}, when typed in another folder, then the files of that folder are read`, async () => {
    const words = [...EXPLAIN, "--flow-run-file", path("run.json"), "--task-definition", path("td.yaml")];
    const { code, output } = await typed([...words, "--run-task-kwargs", path("k.yaml")], {
      files: {
        "flows/run.json": RUN,
        "flows/td.yaml": TEMPLATE,
        "flows/k.yaml": "propagateTags: TASK_DEFINITION\n",
      },
    });

    assert.equal(code, 0, output);
    assert.match(output, /zoë/);
    assert.match(output, /TASK_DEFINITION/);
  });
}

/** A file that is there and wrong: that it is named shows that it was found. */
const WRONG: readonly (readonly [words: readonly string[], why: RegExp, task?: string])[] = [
  [
    ["ecs", "start", "--api", "http://127.0.0.1:9", "--cluster", "c", "--aws-limits", "bad"],
    /a file that holds JSON/,
  ],
  [["task-environment", "setup", "--kwargs-file", "bad"], /Cannot read bad for --kwargs-file: /],
  [["task-environment", "setup", "--flow-file", "bad"], /Cannot read bad for --flow-file: /],
  [["inspect", "bad"], /Cannot read the recording bad: .*\/flows\/bad\)/],
  [["trace", "run-1", "bad"], /Cannot read the recording bad: .*\/flows\/bad\)/],
  [["replay", "bad"], /Cannot read the recording bad: .*\/flows\/bad\)/],
  [
    ["sandbox", "--faults", "bad"].slice(1),
    /Cannot read the faults of bad: .*--faults, .*\/flows\/bad\)/,
    "sandbox",
  ],
];

for (const [words, why, task] of WRONG) {
  Deno.test(`paths: given ${words.join(" ")}, when typed in another folder, then the file of that folder is read`, async () => {
    const given = { files: { "flows/bad": "{bad: [" }, ...(task === undefined ? {} : { task }) };
    const { code, output } = await typed(words, given);

    assert.equal(code, 1, output);
    assert.match(output, why);
    assert.doesNotMatch(output, /no such file/);
  });
}

Deno.test("paths: given --run-templates-from and a template that a run names, when typed in another folder, then it holds for that folder", async () => {
  const explained = async (place: string) => {
    const run = (path: string) =>
      JSON.stringify({ ...JSON.parse(RUN), run_config: { type: "ECSRun", task_definition_path: path } });
    const words = [...EXPLAIN, "--run-templates-from", place, "--flow-run-file", "run.json"];
    return await typed(words, {
      files: { "flows/run.json": run("~/flows/td.yaml"), "flows/td.yaml": TEMPLATE },
    });
  };

  const listed = await explained(".");
  const other = await explained("other");

  assert.equal(listed.code, 0, listed.output);
  assert.match(listed.output, /zoë/);
  assert.equal(other.code, 1, other.output);
  assert.match(other.output, /--run-templates-from/);
});

Deno.test("paths: given a relative path that a run names, when explained from another folder, then it counts from the program's own", async () => {
  const run = JSON.stringify({
    ...JSON.parse(RUN),
    run_config: { type: "ECSRun", task_definition_path: "td.yaml" },
  });
  const { code, output } = await typed([...EXPLAIN, "--flow-run-file", "run.json"], {
    files: { "flows/run.json": run, "flows/td.yaml": TEMPLATE },
  });

  assert.equal(code, 1, output);
  assert.match(output, /no regular file of this name/);
});

Deno.test("paths: given --record elsewhere, when started, then it is said that recordings stay below recordings/", async () => {
  const words = ["ecs", "start", "--api", "http://127.0.0.1:9", "--cluster", "c", "--launch-type", "EC2"];
  const { code, output } = await typed([...words, "--record", "~/day.jsonl"], {
    files: {},
    task: "agent:record",
  });

  assert.equal(code, 1, output);
  assert.match(output, /Cannot write the recording ~\/day\.jsonl: this process may not write there/);
  assert.ok(output.includes(`${OWN}/recordings/, such as`), output);
});

Deno.test("texts: given a template as PowerShell saves it, when explained, then its characters are sent", async () => {
  const { code, output } = await typed([
    ...EXPLAIN,
    "--flow-run-file",
    "run.json",
    "--task-definition",
    "td.yaml",
  ], {
    files: {
      "flows/run.json": utf16(`\ufeff${RUN}`, true),
      "flows/td.yaml": utf16(`\ufeff${TEMPLATE}`, true),
    },
  });

  assert.equal(code, 0, output);
  assert.match(output, /zoë/);
});

Deno.test("texts: given a template in windows-1252, when explained, then option, path and place are told and no word of it", async () => {
  const { code, output } = await typed([
    ...EXPLAIN,
    "--flow-run-file",
    "run.json",
    "--task-definition",
    "td.yaml",
  ], {
    files: { "flows/run.json": RUN, "flows/td.yaml": latin(TEMPLATE) },
  });

  assert.equal(code, 1, output);
  assert.match(
    output,
    /from 'td\.yaml' \(--task-definition\): Cannot read \/.*\/flows\/td\.yaml: at byte offset/,
  );
  assert.ok(
    output.includes(`at byte offset ${latin(TEMPLATE).indexOf(0xeb)} it is not UTF-8; accepted are UTF-8`),
    output,
  );
  assert.doesNotMatch(output, /\ufffd|zo/);
});
