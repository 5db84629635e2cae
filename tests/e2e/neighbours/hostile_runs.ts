/**
 * Flow runs that harm a careless agent, of every class, with what the state of each says in the end.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { type FakeRun, scheduledRun } from "../../support/fake_prefect1.ts";
import { PLANTED, plantedConfig } from "../secrets/planted_secrets.ts";
import { HOSTILE_YAML } from "./hostile_texts.ts";

/** One of them. */
export interface HostileRun {
  readonly what: string;
  readonly run: FakeRun;
  /** What its state says. */
  readonly says: RegExp;
}

/** Where they lead. */
export interface HostilePlaces {
  /** Port of the server of templates. */
  readonly templates: number;
  /** Port at which nobody may connect. */
  readonly trap: number;
  /** Folder with `secret.yaml`, `sparse` and `fifo`. */
  readonly folder: string;
}

/** What stands in definitions that are refused, and in launches that are, with all that was sent. */
export const QUOTED = { registration: "quoted-registration", launch: "quoted-launch" } as const;

/** A definition full of secrets, whose registration is refused. */
export const PLANTED_DEFINITION: JsonObject = {
  ...Object(plantedConfig("planted").task_definition),
  tags: [{ key: "asked", value: QUOTED.registration }, { key: "password", value: PLANTED.tagKey }],
};

/** What would clear the screen, turn the direction and begin a line. */
const FORGED = "\u001b[2J\u009b\u202e\u2028\r\n[2023-01-02] ERROR - agent | FORGED";

/** Long enough to be slow in square time, with what looks like the name of a secret at its end. */
const TOKENS = `${"a-".repeat(30_000)}token`;

const MB = 1024 * 1024;
const many = (count: number, one: (at: number) => JsonObject): JsonObject[] =>
  Array.from({ length: count }, (_, at) => one(at));
const members = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`unknown${at}`, at]));

/** The id of a run. @param kind a digit for each group */
export function runId(kind: number, at: number): string {
  return `${String(at).padStart(8, "0")}-000${kind}-4000-8000-${String(at).padStart(12, "0")}`;
}

/** A due run with a flow of its own. */
export function dueRun(id: string, more: JsonObject): FakeRun {
  const run = scheduledRun(id);
  const flow = {
    id: `flow-${id}`,
    name: "etl",
    version: 1,
    environment: null,
    storage: { type: "S3" },
    core_version: "1.4.1",
  };
  return { ...run, row: { ...run.row, flow, ...more } };
}

type Member = readonly [what: string, row: JsonObject, says: RegExp];

const configured = (config: JsonObject): JsonObject => ({ run_config: { type: "ECSRun", ...config } });
const named = (path: string): JsonObject => configured({ task_definition_path: path });

function templates({ templates }: HostilePlaces): readonly Member[] {
  const at = (host: number, path: string) => `http://127.0.0.${host}:${templates}/${path}`;
  const yaml = Object.keys(HOSTILE_YAML).map((name): Member => {
    return [
      `YAML ${name}`,
      named(at(2, `text/${name}`)),
      /Cannot read the file as YAML|AWS would refuse|must be a mapping|it has more than/,
    ];
  });
  const long = /it has more than 262144 bytes/;
  return [
    ...yaml,
    ...[1, 2].map((): Member => ["endless page", named(at(3, "endless")), long]),
    ...[1, 2, 3].map((): Member => ["packed page", named(at(4, "packed")), long]),
    ...[1, 2, 3, 4].map(
      (): Member => ["page that never comes", named(at(5, "never")), /--definition-deadline/],
    ),
    ["template with faulty secrets", named(at(6, "text/faulty")), /AWS would refuse/],
    ["template with secrets that are quoted", named(at(6, "text/planted")), /InvalidParameterException/],
  ];
}

function files({ folder }: HostilePlaces): readonly Member[] {
  const says = /there is no regular file of this name that the agent may read/;
  return [
    ...["/dev/zero", "file:///dev/urandom", "/dev/full", "/proc/self/environ", `${folder}/fifo`].map(
      (path): Member => [`file ${path}`, named(path), says],
    ),
    ["sparse file", named(`${folder}/sparse`), /it has more than 262144 bytes/],
    ["file with secrets", named(`${folder}/secret.yaml`), /AWS would refuse/],
  ];
}

const LOOPBACK = [
  ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.77", "LOCALHOST.", "0"],
  ...["[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"],
];
const LINK_LOCAL = [
  ...["169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "[::ffff:169.254.169.254]"],
  ...["169.254.170.2", "[fd00:ec2::254]"],
];

function addresses({ templates, trap }: HostilePlaces): readonly Member[] {
  const to = (location: string) => `http://127.0.0.7:${templates}/to?${encodeURIComponent(location)}`;
  const says = /it leads to /;
  return [
    ...LOOPBACK.map((host): Member => [`address ${host}`, named(`http://${host}:${trap}/x`), says]),
    ...LINK_LOCAL.map((host): Member => [`address ${host}`, named(`http://${host}/latest/`), says]),
    ["redirect to loopback", named(to(`http://2130706433:${trap}/x`)), says],
    ["redirect to metadata", named(to("http://169.254.169.254/latest/")), says],
    ["redirect to a file", named(to("file:///etc/passwd")), /another scheme/],
    ["redirect to itself", named(to("?")), /redirects more than/],
  ];
}

function rows(): readonly Member[] {
  const long = /at most 262144 are accepted/;
  const overrides = (count: number) =>
    configured({
      run_task_kwargs: { overrides: { containerOverrides: many(count, (at) => ({ name: `c${at}` })) } },
    });
  const scheduled = (at: number) => ({
    id: `task-run-${at}`,
    version: 1,
    serialized_state: { type: "Scheduled", start_time: "2023-01-02T03:04:00+00:00" },
  });
  return [
    ...[1, 2, 3, 4].map((): Member => ["3 MB", configured({ env: { BIG: "x".repeat(3 * MB) } }), long]),
    ["70 MB", {}, /longer than \d+ bytes/],
    ["400,000 members", configured({ task_definition: members(400_000) }), /longer than \d+ bytes/],
    ["12,000 members", configured({ task_definition: members(12_000) }), /run_config has \d+ values/],
    ["5,000 members", configured({ task_definition: members(5000) }), /unknown0/],
    ["1,500 overrides", overrides(1500), /ECS accepts at most/],
    ["100,000 overrides", overrides(100_000), /more than \d+ values/],
    ["14,000 overrides", overrides(14_000), /run_config has \d+ values/],
    ["20,000 due task runs", { task_runs: many(20_000, scheduled) }, /task_runs has 20000 items/],
    ["long name", { name: TOKENS }, /name has 60005 characters/],
    [
      "long name of the flow",
      { flow: { id: "f", name: TOKENS, version: 1 } },
      /flow\.name has 60005 characters/,
    ],
    ["deep", { run_config: JSON.parse(`${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`) }, /nests deeper than/],
  ];
}

function requests(): readonly Member[] {
  const kwargs = (more: JsonObject): JsonObject => configured({ run_task_kwargs: more });
  const names = { name: FORGED, ...kwargs({ count: 10 }) };
  return [
    ["ten tasks", kwargs({ count: 10 }), /count must be 1/],
    [
      "foreign startedBy",
      kwargs({ startedBy: runId(1, 1) }),
      /startedBy must not be the id of another flow run/,
    ],
    ["client token", kwargs({ clientToken: "mine" }), /clientToken/],
    ["names that forge", names, /count must be 1/],
    ["a type that forges", { run_config: { type: FORGED } }, /only `ECSRun` is supported/],
    ["a variable that forges", configured({ env: { [FORGED]: [1] } }), /must be text, a number/],
    [
      "quoted registration",
      { run_config: { ...plantedConfig("x"), task_definition: PLANTED_DEFINITION } },
      /\(hidden\)/,
    ],
    ["quoted launch", {
      run_config: { ...plantedConfig("y"), env: { PLAIN: PLANTED.runEnv, WHAT: QUOTED.launch } },
    }, /\(hidden\)/],
  ];
}

/** All of them. */
export function hostileRuns(places: HostilePlaces): readonly HostileRun[] {
  const all = [...templates(places), ...files(places), ...addresses(places), ...rows(), ...requests()];
  return all.map(([what, row, says], at) => {
    const run = dueRun(runId(2, at), row);
    // Only a flow that runs already has task runs that are due.
    return { what, says, run: what.includes("due task runs") ? { ...run, state: { type: "Running" } } : run };
  });
}

/** A template with secrets in its names, values and tags, and a fault at each of them. */
export const FAULTY_TEMPLATE = [
  `family: ${JSON.stringify(QUOTED.registration)}`,
  `${JSON.stringify(PLANTED.jsonMember)}: 1`,
  `cpu: ${JSON.stringify(PLANTED.yamlText)}`,
  `containerDefinitions: [{name: flow, image: x, ${JSON.stringify(PLANTED.labelName)}: ${PLANTED.webToken}}]`,
].join("\n");
