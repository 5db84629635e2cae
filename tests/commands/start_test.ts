/** What a start command says and refuses before anything is sent. @module */

import assert from "node:assert/strict";
import { start, type StartCommand } from "../../commands/start.ts";
import { toFailure } from "../../schemas/failure/failure.ts";
import { keptIo } from "./support/command.ts";

const HOME = { HOME: "/nowhere" };
const KEY = "s3cret-key";

function typed(values: StartCommand["values"], more: Partial<StartCommand> = {}): StartCommand {
  return { kind: "start", flavour: "ecs", values, pairs: [], warnings: [], ...more };
}

/** What comes of a start that cannot begin: nothing tells this process its region. */
async function refusedStart(command: StartCommand, env: Readonly<Record<string, string>> = {}) {
  const { io, out, err } = keptIo({ ...HOME, ...env });
  const failure = await start(command, io).then(() => null, toFailure);
  return { failure, out, err };
}

/** Starts that are refused: tag of the failure, and how its message begins. */
const REFUSED: readonly (readonly [what: string, command: StartCommand, tag: string, message: RegExp])[] = [
  ["no API key", typed({}), "configuration", /^You have not set an API key/],
  [
    "a watch period of 0",
    typed({ key: KEY, "watch-period": "0" }),
    "configuration",
    /^Cannot use --watch-period '0': /,
  ],
  [
    "limits of AWS in a file that does not exist",
    typed({ key: KEY, "aws-limits": "/nowhere/limits.json" }),
    "configuration",
    /^Cannot use --aws-limits '\/nowhere\/limits.json': /,
  ],
  ["no region", typed({ key: KEY }), "credentials", /^Cannot tell the AWS region: /],
  [
    "no region of the fargate agent",
    typed({ key: KEY }, { flavour: "fargate" }),
    "credentials",
    /^Cannot tell the AWS region: /,
  ],
];
for (const [what, command, tag, message] of REFUSED) {
  Deno.test(`start: given ${what}, when started, then it is refused before anything is printed`, async () => {
    const { failure, out, err } = await refusedStart(command);

    assert.equal(failure?.tag, tag);
    assert.match(failure?.message ?? "", message);
    assert.deepEqual([out, err], [[], []]);
  });
}

Deno.test("start: given a variable of the environment that is wrong, when started, then the message names the variable", async () => {
  const { failure } = await refusedStart(typed({ key: KEY }), { PREFECT_AGENT_WATCH_PERIOD: "never" });

  assert.equal(failure?.tag, "configuration");
  assert.match(failure?.message ?? "", /PREFECT_AGENT_WATCH_PERIOD \(--watch-period\) 'never'/);
});

Deno.test("start: given warnings about the command line, when started, then they come first, in the agent's own log", async () => {
  const { out } = await refusedStart(typed({ key: KEY, name: "etl" }, { warnings: ["first", "second"] }));

  assert.deepEqual(out.map((line) => line.replace(/^\[[^\]]+\] /, "")), [
    "WARNING - etl | first",
    "WARNING - etl | second",
  ]);
});

Deno.test("start: given warnings and a log level of ERROR, when started, then they are left out", async () => {
  const { out } = await refusedStart(typed({ key: KEY, "log-level": "ERROR" }, { warnings: ["first"] }));

  assert.deepEqual(out, []);
});

Deno.test("start: given JSON logs, when started, then each line is one object", async () => {
  const { out } = await refusedStart(typed({ key: KEY, "log-format": "json" }, { warnings: ["first"] }));

  const [line] = out.map((text): unknown => JSON.parse(text));
  assert.ok(line instanceof Object && "level" in line && "message" in line);
  assert.deepEqual([out.length, line.level, line.message], [1, "WARNING", "first"]);
});

Deno.test("start: given switches of the fargate agent, when started, then its log says that they are on", async () => {
  const values = {
    key: KEY,
    "enable-task-revisions": true,
    "use-external-kwargs": true,
    "external-kwargs-s3-bucket": "kwargs",
  };

  const { failure, out } = await refusedStart(typed(values, { flavour: "fargate" }));

  assert.equal(failure?.tag, "credentials");
  assert.deepEqual(out.map((line) => line.replace(/^.*\| /, "")), [
    "Use of external S3 kwargs enabled.",
    "Native ECS task revisions enabled.",
  ]);
});

for (
  const [what, values, env, count] of [
    ["a key for another machine over http", { key: KEY, api: "http://api.example.org:4200" }, {}, 1],
    ["a key for this machine over http", { key: KEY, api: "http://localhost:4200" }, {}, 0],
    ["no key for another machine over http", { api: "http://api.example.org:4200" }, {
      PREFECT__BACKEND: "server",
    }, 0],
  ] as const
) {
  Deno.test(`start: given ${what}, when started, then it is warned of ${count === 1 ? "once" : "not at all"}`, async () => {
    const { out } = await refusedStart(typed(values), env);

    assert.equal(
      out.filter((line) => line.includes("is sent in clear to api.example.org:4200")).length,
      count,
    );
    assert.ok(!out.join("\n").includes(KEY));
  });
}

Deno.test("start: given an empty value of an allow-list, when started, then the option is named", async () => {
  const { failure } = await refusedStart(typed({ key: KEY, "allow-image": ["good:*", ""] }));

  assert.ok(failure?.tag === "configuration" && failure.field === "--allow-image");
});
