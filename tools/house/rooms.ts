/**
 * The rooms of the project, and from which others each one may import. Whatever knows a dialect (Prefect 1) or a platform
 * (ECS on AWS) has a room of its own; only `commands` and `simulation` know one of each.
 *
 * @module
 */

/** A folder with everything below it, apart from what a longer path has a row for. */
export interface Room {
  /** Relative to the project. */
  readonly path: string;
  /** Rooms it may import from, each with all rooms below it; itself need not be named. */
  readonly may: readonly string[];
  /** Rooms it may only load by `import(…)`. */
  readonly mayLoad?: readonly string[];
  /** Packages it must not import. */
  readonly never?: RegExp;
}

const SDK = /^(@aws-sdk|@smithy)\//;

/** A schema is a shape or a pure rule: no I/O, no stream, no machine. */
const EFFECTS = /^(@aws-sdk\/|@smithy\/|rxjs|xstate|graphql|node:(?!crypto|path|util))/;

/** Schemas that name neither a dialect nor a platform. */
const NEUTRAL = [
  "schemas/bounds",
  "schemas/guard",
  "schemas/json",
  "schemas/text",
  "schemas/net",
  "schemas/failure",
  "schemas/time",
  "schemas/plan",
  "schemas/secrets",
  "schemas/flow_run",
  "schemas/observability",
  "schemas/options",
  "schemas/templates",
  "schemas/explain",
  "schemas/contracts",
];

const schema = (path: string, may: readonly string[]): Room => ({
  path: `schemas/${path}`,
  may: may.map((name) => `schemas/${name}`),
  never: EFFECTS,
});

const SCHEMAS: readonly Room[] = [
  schema("bounds", []),
  schema("guard", ["bounds"]),
  schema("json", []),
  schema("text", []),
  schema("net", []),
  schema("failure", ["json"]),
  schema("time", ["json", "failure"]),
  schema("secrets", ["bounds", "json", "failure"]),
  schema("plan", ["json", "failure", "time"]),
  schema("flow_run", ["json", "failure", "time", "plan"]),
  schema("observability", ["json", "failure", "time"]),
  schema("options", ["guard", "json", "failure", "time", "plan", "secrets", "flow_run", "observability"]),
  schema("explain", ["json", "failure", "plan"]),
  schema("templates", ["bounds", "json", "failure", "plan", "net", "options"]),
  schema("contracts", ["json", "failure", "time", "plan", "flow_run", "observability"]),
  schema("python", ["bounds", "json", "failure"]),
  schema("yaml", ["bounds", "json", "failure", "python"]),
  schema("toml", ["failure", "json", "python"]),
  {
    path: "schemas/prefect1",
    may: [...NEUTRAL, "schemas/python", "schemas/yaml", "schemas/toml"],
    never: EFFECTS,
  },
  { path: "schemas/prefect3", may: [...NEUTRAL, "schemas/python", "schemas/toml"], never: EFFECTS },
  { path: "schemas/ecs", may: NEUTRAL, never: EFFECTS },
  { path: "schemas/kubernetes", may: NEUTRAL, never: EFFECTS },
];

const actor = (path: string, may: readonly string[], never: RegExp = SDK): Room => ({
  path: `actors/${path}`,
  may: [...NEUTRAL, ...may],
  never,
});

/** Matches no package. */
const NONE = /^$/;

const ACTORS: readonly Room[] = [
  actor("time", []),
  actor("files", []),
  actor("output", []),
  actor("parsing", ["schemas/yaml", "actors/time"]),
  actor("guard", ["actors/time"]),
  actor("streams", ["actors/time"]),
  actor("http", ["actors/time"]),
  actor("templates", ["actors/time", "actors/http", "actors/files"]),
  actor("watch", ["actors/time", "actors/streams"]),
  actor("observability", ["actors/time", "actors/guard"]),
  actor("prefect1", [
    "schemas/prefect1",
    "schemas/python",
    "actors/time",
    "actors/http",
    "actors/observability",
  ]),
  actor("prefect3", [
    "schemas/prefect3",
    "schemas/python",
    "actors/time",
    "actors/http",
    "actors/observability",
  ]),
  actor("kubernetes", [
    "schemas/kubernetes",
    "schemas/yaml",
    "actors/time",
    "actors/http",
    "actors/observability",
  ]),
  actor("aws", ["schemas/ecs", "actors/time", "actors/http", "actors/observability"], NONE),
  actor(
    "ecs",
    [
      "schemas/ecs",
      "actors/aws",
      "actors/templates",
      "actors/files",
      "actors/time",
      "actors/http",
      "actors/observability",
    ],
    NONE,
  ),
];

const SANDBOX_BASE = [
  "schemas/bounds",
  "schemas/guard",
  "schemas/json",
  "schemas/failure",
  "schemas/time",
  "actors/time",
  "actors/output",
  "actors/guard",
];

const sandbox = (path: string, rooms: readonly string[]): Room => ({
  path: `sandbox${path}`,
  may: [...SANDBOX_BASE, ...rooms.map((name) => `sandbox/${name}`)],
});

const SANDBOX: readonly Room[] = [
  sandbox("/http", []),
  sandbox("/private", []),
  sandbox("/containers", []),
  sandbox("/sqlite", []),
  sandbox("/names", []),
  sandbox("/time", []),
  sandbox("/prefect1", ["http", "names", "private", "sqlite", "time"]),
  {
    path: "sandbox/prefect3",
    may: [
      ...SANDBOX_BASE,
      "schemas/prefect3",
      "sandbox/http",
      "sandbox/names",
      "sandbox/private",
      "sandbox/sqlite",
      "sandbox/time",
    ],
  },
  {
    path: "sandbox/kubernetes",
    may: [
      ...SANDBOX_BASE,
      "schemas/kubernetes",
      "sandbox/containers",
      "sandbox/http",
      "sandbox/private",
    ],
  },
  sandbox("/ecs", ["containers"]),
  sandbox("/aws", ["ecs", "containers", "http", "private"]),
  sandbox("", ["aws", "ecs", "kubernetes", "containers", "prefect1", "prefect3", "http", "private"]),
  { path: "sandbox/demo", may: [...SANDBOX_BASE, "sandbox"] },
];

const inspector = (path: string, rooms: readonly string[]): Room => ({
  path: `inspector${path}`,
  may: [...NEUTRAL, "machines", ...rooms.map((name) => `inspector/${name}`)],
  never: /^(@aws-sdk\/|@smithy\/|node:|rxjs)/,
});

const INSPECTOR: readonly Room[] = [
  { path: "inspector/protocol", may: ["schemas/json"], never: EFFECTS },
  { path: "inspector/page", may: ["schemas/json", "inspector/protocol"], never: EFFECTS },
  inspector("/charts", ["protocol"]),
  inspector("/feed", ["charts", "protocol"]),
  inspector("/model", ["feed", "protocol"]),
  inspector("", ["model", "feed", "charts", "protocol", "page"]),
];

const AGENT = [...NEUTRAL, "machines", "actors/time", "actors/streams", "actors/watch"];

const WIRED = ["schemas", "actors", "machines", "flavours", "agent", "inspector", "commands/cli"];

const COMMANDS: readonly Room[] = [
  { path: "commands/cli", may: ["schemas", "flavours"], never: EFFECTS },
  { path: "commands/wiring", may: [...WIRED, "deno.json"], never: SDK },
  { path: "commands", may: [...WIRED, "commands/wiring"], mayLoad: ["sandbox"], never: SDK },
  { path: "main.ts", may: ["commands"], never: SDK },
];

const SIMULATED = [...WIRED, "commands/wiring", "sandbox", "simulation"];

/**
 * A world has a Prefect API, and an ECS or a cluster, that do not know each other; only the root folder joins them. Folders without a
 * row of their own, such as `simulation/prefect3`, belong to it: they share its processes and transports, and its list of games
 * names them.
 */
const SIMULATION: readonly Room[] = [
  { path: "simulation/world", may: ["schemas", "sandbox"] },
  {
    path: "simulation/prefect1",
    may: [...NEUTRAL, "schemas/prefect1", "sandbox/prefect1", "simulation/world"],
  },
  {
    path: "simulation/ecs",
    may: [...NEUTRAL, "schemas/ecs", "actors/ecs", "actors/aws", "sandbox/ecs", "simulation/world"],
  },
  {
    path: "simulation/kubernetes/cluster",
    may: [...NEUTRAL, "schemas/kubernetes", "simulation/world"],
  },
  { path: "simulation", may: SIMULATED },
];

const PRODUCT = ["main.ts", "deno.json", ...WIRED, "commands", "sandbox", "simulation"];

/** Every room of the project. A folder that no row covers is a breach of its own. */
export const ROOMS: readonly Room[] = [
  ...SCHEMAS,
  {
    path: "machines",
    may: ["schemas/flow_run", "schemas/failure", "schemas/contracts"],
    never: /^(?!xstate)/,
  },
  ...["ecs_agent", "fargate_agent", "ecs_worker", "kubernetes_agent", "job_environment"].map((name) => ({
    path: `flavours/${name}`,
    may: ["schemas"],
    never: EFFECTS,
  })),
  { path: "flavours/task_environment", may: ["schemas", "flavours/fargate_agent"], never: EFFECTS },
  ...ACTORS,
  { path: "agent", may: AGENT, never: SDK },
  ...INSPECTOR,
  ...COMMANDS,
  ...SANDBOX,
  ...SIMULATION,
  { path: "bench", may: PRODUCT },
  { path: "tools", may: PRODUCT },
  { path: "tests", may: [...PRODUCT, "bench", "tools"] },
  { path: "examples", may: [] },
];

/** The room that a file is in: the row with the longest path above it; undefined where no row covers it. */
export function roomOf(path: string, rooms: readonly Room[] = ROOMS): Room | undefined {
  return rooms.filter((room) => isWithin(path, room.path))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
}

/** Whether a path is the folder, or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
