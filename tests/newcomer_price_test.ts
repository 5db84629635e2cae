/**
 * What a newcomer costs: for each dialect, platform and flavour, how many product files outside its own rooms know it.
 * Sandbox, simulation, bench, tools, docs and tests are left out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";
import { codeOf, importsOf } from "../tools/house/code.ts";

/** Most files outside its own rooms that may know a newcomer. */
const MOST = 5;

interface Newcomer {
  readonly name: string;
  /** Its folders, and its files where a command is its own. */
  readonly own: readonly string[];
  /** What is made for it and may know it: the flavours that plan for a dialect and a platform, and their commands. */
  readonly madeForIt: readonly string[];
  /** How code names it, besides by an import. */
  readonly word: RegExp;
}

const TASK_ENVIRONMENT = [
  "flavours/task_environment/",
  "commands/task_environment.ts",
  "commands/cli/task_environment_options.ts",
  "commands/wiring/fargate/run_task_environment.ts",
];

const FARGATE_AGENT = [
  "flavours/fargate_agent/",
  "commands/validate.ts",
  "commands/wiring/fargate/",
];

const ECS_WORKER = ["flavours/ecs_worker/", "commands/wiring/worker/"];

const KUBERNETES_AGENT = [
  "flavours/kubernetes_agent/",
  "commands/install.ts",
  "commands/wiring/kubernetes/agent.ts",
];

const JOB_ENVIRONMENT = [
  "flavours/job_environment/",
  "commands/job_environment.ts",
  "commands/cli/job_environment_options.ts",
];

const FLAVOURS = [
  "flavours/",
  ...TASK_ENVIRONMENT,
  ...FARGATE_AGENT,
  ...ECS_WORKER,
  ...KUBERNETES_AGENT,
  ...JOB_ENVIRONMENT,
];

const NEWCOMERS: readonly Newcomer[] = [
  {
    name: "dialect Prefect 1",
    own: ["actors/prefect1/", "schemas/prefect1/", "commands/wiring/prefect1/"],
    madeForIt: FLAVOURS,
    word: /prefect_?1/i,
  },
  {
    name: "platform ECS",
    own: ["actors/ecs/", "actors/aws/", "schemas/ecs/", "commands/wiring/ecs/"],
    madeForIt: FLAVOURS,
    word: /\becs[A-Z]|Ecs(?![a-z])/,
  },
  {
    name: "Kubernetes: platform, flavour and commands",
    own: [
      ...KUBERNETES_AGENT,
      ...JOB_ENVIRONMENT,
      "actors/kubernetes/",
      "schemas/kubernetes/",
      "commands/wiring/kubernetes/",
    ],
    madeForIt: [],
    word: /\bkube(?:rnetes)?(?=[A-Z_])|Kube(?:rnetes)?(?![a-z])|job_?environment/i,
  },
  { name: "flavour ecs_agent", own: ["flavours/ecs_agent/"], madeForIt: [], word: /ecs_?agent/i },
  { name: "flavour ecs_worker", own: ECS_WORKER, madeForIt: [], word: /ecs_?worker/i },
  {
    name: "worker of Prefect 3: dialect, flavour and command",
    own: [...ECS_WORKER, "actors/prefect3/", "schemas/prefect3/", "commands/wiring/prefect3/"],
    madeForIt: [],
    word: /prefect_?3|ecs_?worker|\bworker(?=[A-Z])/i,
  },
  // The task environment reads its arguments as the Fargate agent does.
  {
    name: "flavour fargate_agent",
    own: FARGATE_AGENT,
    madeForIt: TASK_ENVIRONMENT,
    word: /fargate_?agent/i,
  },
  { name: "flavour task_environment", own: TASK_ENVIRONMENT, madeForIt: [], word: /task_?environment/i },
];

/** Commands of the sandbox, which imitates both. */
const SANDBOX = ["commands/sandbox.ts", "commands/demo.ts", "commands/cli/sandbox_options.ts"];

const PRODUCT = ["agent", "machines", "actors", "flavours", "schemas", "commands", "inspector"];

function sourcesOf(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sourcesOf(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

const SOURCES = [...PRODUCT.flatMap(sourcesOf), "main.ts"].map((path) => ({
  path,
  text: Deno.readTextFileSync(path),
}));

/** Files outside its own rooms that import from these or name it. */
function knownBy({ own, madeForIt, word }: Newcomer, sources = SOURCES): readonly string[] {
  const isIn = (rooms: readonly string[], path: string) => rooms.some((room) => path.startsWith(room));
  const knows = (path: string, text: string) =>
    importsOf(text).some(({ to }) => isIn(own, normalize(join(dirname(path), to)))) ||
    word.test(codeOf(text));
  return sources.filter(({ path, text }) =>
    !isIn([...own, ...madeForIt, ...SANDBOX], path) && knows(path, text)
  ).map(({ path }) => path);
}

for (const newcomer of NEWCOMERS) {
  Deno.test(`price of a newcomer: given the ${newcomer.name}, when the files outside its rooms that know it are counted, then there are ${MOST} at most`, () => {
    const files = knownBy(newcomer);

    assert.ok(files.length > 0, "something has to know it: are its rooms named rightly?");
    assert.ok(files.length <= MOST, `${files.length} files know it:\n${files.join("\n")}`);
  });
}

Deno.test("price of a newcomer: given files that import from its rooms, name it, or do neither, when they are counted, then the first two are found", () => {
  const newcomer = { name: "dialect Prefect 9", own: ["actors/prefect9/"], madeForIt: [], word: /prefect9/i };
  const files = [
    { path: "agent/a.ts", text: 'import { x } from "../actors/prefect9/api.ts";\n' },
    { path: "agent/b.ts", text: "const isPrefect9 = true;\n" },
    { path: "agent/c.ts", text: '// prefect9\nconst text = "prefect9";\n' },
    { path: "actors/prefect9/api.ts", text: "export const prefect9 = 9;\n" },
  ];

  assert.deepEqual(knownBy(newcomer, files), ["agent/a.ts", "agent/b.ts"]);
});
