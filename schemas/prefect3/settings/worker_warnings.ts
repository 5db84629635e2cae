/**
 * What a worker says about its settings before anything is sent.
 *
 * @module
 */

import { sentInClearTo } from "../../net/in_clear.ts";
import { scalarText } from "../../options/scalar_text.ts";
import type { OptionValues } from "../../options/option.ts";
import type { ApiSettings, TaskSettings, WorkerSettings } from "./worker_settings.ts";

/** What is looked at. */
export interface WarnedOf {
  readonly settings: Pick<WorkerSettings, "api" | "explicit"> & {
    readonly ecs: Pick<TaskSettings, "withoutEffect">;
  };
  readonly env: Readonly<Record<string, string>>;
  readonly values: OptionValues;
}

/** Warnings without values of secrets. */
export function workerWarnings({ settings: { api, ecs, explicit }, env }: WarnedOf): readonly string[] {
  return [
    withoutApi(api),
    inClear(api),
    toContainers(explicit.map(({ name }) => name)),
    misnamed(env),
    withoutEffect(ecs),
  ].filter((warning) => warning !== null);
}

/** Lines about what was given and has no effect. */
export function workerNotes({ env, values }: Pick<WarnedOf, "env" | "values">): readonly string[] {
  const packages = scalarText(env["EXTRA_PIP_PACKAGES"] ?? "");
  return [
    ...(packages === ""
      ? []
      : ["EXTRA_PIP_PACKAGES has no effect: this program is no Python and installs no packages"]),
    ...(values["install-policy"] === undefined
      ? []
      : ["--install-policy has no effect: this program installs no packages"]),
  ];
}

/** Prefect Cloud and servers with a base path have `/api` somewhere, most others at the end. */
function withoutApi({ url }: ApiSettings): string | null {
  if (URL.parse(url)?.pathname.split("/").includes("api") === true) return null;
  return "The path of PREFECT_API_URL has no /api: the API of a Prefect server is at an address such as " +
    "http://127.0.0.1:4200/api";
}

function inClear({ url, key, authString }: ApiSettings): string | null {
  const host = sentInClearTo(url);
  if (host === null || (key === null && authString === null)) return null;
  const what = authString === null ? "API key" : "auth string";
  return `The ${what} is sent in clear to ${host}, by this worker and by its flow runs: everyone on the way can read it. ` +
    "Give PREFECT_API_URL an address with https://; where the network is protected otherwise, this is only a reminder";
}

/** By the setting that carries it: the job variable that keeps it out of the task's request. */
const SECRET_ARNS: Readonly<Record<string, string>> = {
  PREFECT_API_KEY: "prefect_api_key_secret_arn",
  PREFECT_API_AUTH_STRING: "prefect_api_auth_string_secret_arn",
};

function toContainers(names: readonly string[]): string | null {
  const sent = names.filter((name) => SECRET_ARNS[name] !== undefined);
  if (sent.length === 0) return null;
  return `${sent.join(" and ")} of this worker travel${
    sent.length === 1 ? "s" : ""
  } in clear in the request of each task, ` +
    `which everyone sees who may describe tasks: set ${
      Object.values(SECRET_ARNS).join(" or ")
    } in the work pool or the deployment to the ARN of a secret instead`;
}

/** A refused registration is final without a number of attempts, and all else is tried again until a deadline. */
function withoutEffect({ withoutEffect: names }: Pick<TaskSettings, "withoutEffect">): string | null {
  if (names.length === 0) return null;
  return `${names.join(" and ")} ${names.length === 1 ? "has" : "have"} no effect without ` +
    "PREFECT_INTEGRATIONS_AWS_ECS_WORKER_REGISTER_TASK_DEFINITION_MAX_ATTEMPTS: a registration that AWS refuses is " +
    "final then, and one that it puts off is tried until --definition-deadline";
}

function misnamed(env: WarnedOf["env"]): string | null {
  if (scalarText(env["PREFECT_AUTH_STRING"] ?? "") === "") return null;
  return "PREFECT_AUTH_STRING is a name that nothing reads: set PREFECT_API_AUTH_STRING instead";
}
