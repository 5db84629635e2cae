/** Command lines, environments and configuration files as nobody should type them. @module */

import { EVERY_OPTION } from "./option_words.ts";
import { HOSTILE_TEXTS, hostileText, type Seeded } from "./seeded.ts";

/** Stands wherever a secret may be typed; must never be printed. */
export const TYPED_SECRET = "sEcReT-typed-0123456789";

/** One way of starting the program. */
export interface Words {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Files by the end of their path. */
  readonly files: Readonly<Record<string, string>>;
}

const COMMANDS: readonly (readonly string[])[] = [
  ["ecs", "start"],
  ["fargate", "start"],
  ["start", "fargate"],
  ["explain", "ecs"],
  ["explain", "fargate"],
  ["fargate", "validate"],
  ["fargate", "task-environment"],
  ["ecs"],
  ["fargate"],
  ["help"],
  ["--help"],
  ["--version"],
  [],
];

const SETTINGS = [
  "PREFECT__CLOUD__API_KEY",
  "PREFECT__CLOUD__AGENT__AUTH_TOKEN",
  "PREFECT__CLOUD__AUTH_TOKEN",
  "PREFECT__CLOUD__TENANT_ID",
  "PREFECT__CLOUD__AGENT__LABELS",
  "PREFECT__CLOUD__AGENT__ENV_VARS",
  "PREFECT__CLOUD__AGENT__ENV_VARS__PASSWORD",
  "PREFECT__CLOUD__AGENT__LEVEL",
  "PREFECT__CLOUD__AGENT__NAME",
  "PREFECT__CLOUD__API",
  "PREFECT__CLOUD__REQUEST_TIMEOUT",
  "PREFECT__BACKEND",
  "PREFECT__SERVER__HOST",
  "PREFECT__SERVER__PORT",
  "PREFECT__LOGGING__LEVEL",
  "PREFECT__HOME_DIR",
  "PREFECT__USER_CONFIG_PATH",
  "PREFECT__" + "__",
  "PREFECT__A__B",
  "PREFECT__CLOUD",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "REGION_NAME",
  "taskRoleArn",
  "networkConfiguration",
  "containerDefinitions_environment",
  "containerDefinitions_secrets",
  "containerDefinitions_mountPoints",
  "cpu",
  "memory",
  "tags",
  "volumes",
  "__proto__",
  "constructor",
];

/** As somebody might spell the value of a setting that is secret. */
const SECRET_LITERALS = [
  TYPED_SECRET,
  `{"PASSWORD": "${TYPED_SECRET}"}`,
  `{'PASSWORD': '${TYPED_SECRET}'`,
  `[{'name': 'PASSWORD', 'value': '${TYPED_SECRET}'}]`,
  `[{"name": "PASSWORD", "value": "${TYPED_SECRET}"`,
  `{'a': ['${TYPED_SECRET}', {1: 2}]}`,
  `[${TYPED_SECRET}]`,
];

const LITERALS = [
  "[".repeat(3_000),
  "(".repeat(3_000) + ")".repeat(3_000),
  "{".repeat(500) + "1" + ":1}".repeat(500),
  "9".repeat(5_000),
  "1e400",
  "0x",
  "b'\\xff'",
  "'\\ud800'",
  "f'{x}'",
  "-" + "-".repeat(3_000) + "1",
  "__import__('os')",
  "None",
  "True",
  "nan",
  "1_000",
];

/** @returns a command line with its surroundings */
export function hostileWords(from: Seeded): Words {
  const count = from.below(5);
  return {
    argv: [...from.pick(COMMANDS), ...Array.from({ length: count }, () => word(from)).flat()],
    env: Object.fromEntries(Array.from({ length: from.below(6) }, () => setting(from))),
    files: from.chance(0.5)
      ? { "config.toml": toml(from) }
      : { "backend.toml": toml(from), "auth.toml": toml(from) },
  };
}

function word(from: Seeded): readonly string[] {
  const option = from.pick(EVERY_OPTION);
  switch (from.below(7)) {
    case 0:
      return [option];
    case 1:
      return [option, value(option, from)];
    case 2:
      return [`${option}=${value(option, from)}`];
    case 3:
      return [pair(from)];
    case 4:
      return ["--env", from.pick([`PASSWORD=${TYPED_SECRET}`, `=${TYPED_SECRET}`, hostileText(from)])];
    case 5:
      return [from.pick(["--token", "--key", "-t", "-k"]), TYPED_SECRET];
    default:
      return [hostileText(from)];
  }
}

function pair(from: Seeded): string {
  const name = from.pick(SETTINGS);
  return `${name}=${value(name, from)}`;
}

function setting(from: Seeded): [string, string] {
  const name = variable(from);
  return [name, value(name, from)];
}

/** Names whose values are secret, whatever they are. */
const SECRET_NAME = /key|token|env|secret/i;

function value(name: string, from: Seeded): string {
  if (SECRET_NAME.test(name) && from.chance(0.6)) return from.pick(SECRET_LITERALS);
  if (from.chance(0.4)) return from.pick(LITERALS);
  return from.chance(0.6) ? hostileText(from) : from.pick(["1", "true", "INFO", "EC2", "-1", "1e9"]);
}

function variable(from: Seeded): string {
  if (from.chance(0.9)) return from.pick(SETTINGS);
  const text = from.pick(HOSTILE_TEXTS).replaceAll("\u0000", "").replaceAll("=", "");
  return text === "" ? "X" : text;
}

function toml(from: Seeded): string {
  const quoted = JSON.stringify(value("", from));
  return from.pick([
    () => `[cloud]\napi_key = "${TYPED_SECRET}"\n[cloud.agent]\nlabels = ["a"]\n`,
    () => `[cloud]\napi_key = ["${TYPED_SECRET}"]\n`,
    () => `[cloud]\napi_key = {a = "${TYPED_SECRET}"}\n`,
    () => `[cloud]\napi_key = "${TYPED_SECRET}\n`,
    () => `api_key = ${TYPED_SECRET}\n`,
    () => `[cloud.agent.env_vars]\nPASSWORD = ["${TYPED_SECRET}"]\n`,
    () => `[cloud.agent]\nenv_vars = "${TYPED_SECRET}"\n`,
    () => `[cloud.agent]\nlabels = ${quoted}\nlevel = ${quoted}\n`,
    () => `[cloud]\napi = ${quoted}\nrequest_timeout = ${quoted}\n`,
    () => `backend = ${quoted}\n`,
    () => "[__proto__]\npolluted = 1\n[constructor.prototype]\npolluted = 1\n",
    () => `a = ${"[".repeat(2_000)}${"]".repeat(2_000)}\n`,
    () => `a = "\${cloud.api_key}\${a}\${\${b}}"\n[cloud]\napi = "\${cloud.api}"\n`,
    () => `[cloud]\napi = "\${cloud.b}"\nb = "\${cloud.api}"\n`,
    () => hostileText(from),
    () => "\ufffd\u0000",
    () => "",
  ])();
}
