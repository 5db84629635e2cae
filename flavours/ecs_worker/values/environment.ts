/**
 * Variables of the container that runs the flow.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isList, kindOf } from "../../../schemas/json/shape.ts";
import type { SettingInForce } from "../../../schemas/prefect3/settings/worker_settings.ts";
import type { FlowRun } from "../../../schemas/prefect3/flow_run.ts";
import type { WorkerFacts } from "../worker_facts.ts";
import { keepNumbers } from "../../../schemas/json/number_source.ts";
import { parsedObject } from "./members.ts";
import { refusal } from "./place.ts";
import { pythonText } from "./python_text.ts";
import { deploymentOf } from "./variables.ts";

/** Settings that mean the worker and its machine; a flow that got them would read the wrong folder or profile. */
const WORKER_ONLY = /^PREFECT_(HOME$|PROFILE|WORKER_|CLIENT_METRICS_)/;

/** The settings of the worker that containers get, in their order. */
export function passedSettings({ settings }: WorkerFacts): readonly SettingInForce[] {
  return settings.explicit.filter(({ name }) => settings.passWorkerSettings || !WORKER_ONLY.test(name));
}

/** What may come in clear, and what replaces it. */
export interface SecretArns {
  readonly apiKey: string | null;
  readonly authString: string | null;
}

/**
 * Settings of the worker, then who runs what, then `env`: later wins, and null takes a variable out.
 *
 * @param env as filled in: a mapping, or a list of `{name, value}`
 * @param secrets what comes from a secret does not come in clear
 * @throws {FailureError} `badFlowRun` where `env` is something else
 */
export function environmentOf(
  run: FlowRun,
  worker: WorkerFacts,
  env: Json | undefined,
  secrets: SecretArns,
): Readonly<Record<string, string>> {
  const all = new Map<string, string | null>();
  for (const { name, value } of passedSettings(worker)) all.set(name, value);
  for (const [name, value] of ownVariables(run, worker)) all.set(name, value);
  const given = environmentMapping(run, env);
  for (const [name, value] of Object.entries(given)) {
    all.set(name, value === null || value === undefined ? null : pythonText(value, given, name));
  }
  if (secrets.apiKey !== null) all.delete("PREFECT_API_KEY");
  if (secrets.authString !== null) all.delete("PREFECT_API_AUTH_STRING");
  return Object.fromEntries([...all].filter((row): row is [string, string] => row[1] !== null));
}

/** Variables that tell who runs what. */
export function ownVariables(run: FlowRun, worker: WorkerFacts): readonly (readonly [string, string])[] {
  const rows: readonly (readonly [string, string | null])[] = [
    ["PREFECT__FLOW_RUN_ID", run.id],
    ["PREFECT__WORKER_ID", worker.workerId],
    ["PREFECT__WORKER_NAME", worker.name],
    ["PREFECT__FLOW_ID", run.flowId],
    ["PREFECT__FLOW_NAME", run.flowName],
    ["PREFECT__DEPLOYMENT_ID", run.deploymentId],
    ["PREFECT__DEPLOYMENT_NAME", deploymentOf(run)?.name ?? null],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null && row[1] !== "");
}

/** `env` as a mapping; nothing for null and the empty text. */
function environmentMapping(run: FlowRun, env: Json | undefined): JsonObject {
  if (env === undefined || env === null || env === "") return {};
  const value = typeof env === "string" ? parsedObject(env) : env;
  if (isJsonObject(value)) return value;
  const pairs = isList(value) ? value.map(pairOf) : [undefined];
  if (pairs.every((pair) => pair !== undefined)) return fromPairs(pairs);
  throw refusal(run, "env", `is ${kindOf(env)}, but must be a mapping of names to values, or null`);
}

interface Pair {
  readonly name: string;
  readonly item: JsonObject;
  /** The member that holds the value. */
  readonly key: string;
}

function pairOf(item: Json): Pair | undefined {
  if (!isJsonObject(item)) return undefined;
  const key = "value" in item ? "value" : "Value";
  const name = item.name ?? item.Name;
  return typeof name === "string" && name !== "" ? { name, item, key } : undefined;
}

function fromPairs(pairs: readonly Pair[]): JsonObject {
  const result = Object.fromEntries(pairs.map(({ name, item, key }) => [name, item[key] ?? null]));
  for (const { name, item, key } of pairs) keepNumbers(item, result, key, name);
  return result;
}
