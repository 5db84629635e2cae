/** Flow runs as nobody should register them. @module */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { anyJson, anyObject, damaged, deeply, hostileText, type Seeded } from "./seeded.ts";

/** Stands in every place where a user may keep a secret; must never be seen anywhere but in a request to AWS. */
export const ENV_SECRET = "sEcReT-value-of-a-variable";

/** A row of the metadata query, sane in most places. */
export function hostileRow(id: string, from: Seeded): JsonObject {
  const row: JsonObject = {
    id,
    name: hostileText(from),
    version: from.chance(0.9) ? 1 + from.below(5) : anyJson(from, 0),
    serialized_state: {
      type: "Scheduled",
      start_time: "2023-01-02T03:04:00+00:00",
      message: hostileText(from),
    },
    run_config: from.chance(0.2) ? null : runConfig(from),
    flow: {
      id: from.chance(0.8) ? "a1b2c3d4-0000-4000-8000-00000000000a" : hostileText(from),
      name: hostileText(from),
      version: 1,
      environment: null,
      storage: from.chance(0.3) ? storage(from) : { type: "S3", bucket: "b", key: "k" },
      core_version: from.chance(0.8) ? "0.15.13" : hostileText(from),
    },
    task_runs: [],
  };
  if (from.chance(0.03)) {
    return { ...row, serialized_state: { ...Object(row.serialized_state), x: deeply(3_000) } };
  }
  const result = from.chance(0.3) ? damaged(row, from) : row;
  return typeof result === "object" && result !== null && !Array.isArray(result) ? result as JsonObject : row;
}

/** A row that any agent must launch, whatever stands around it. */
export function saneRow(id: string): JsonObject {
  const flow = {
    id: "f1",
    name: "good",
    version: 1,
    environment: null,
    storage: { type: "S3", bucket: "b", key: "k" },
    core_version: "0.15.13",
  };
  return {
    id,
    name: "good",
    version: 1,
    serialized_state: { type: "Scheduled", start_time: "2023-01-02T03:04:00+00:00" },
    run_config: { type: "ECSRun", env: { PASSWORD: ENV_SECRET } },
    flow,
    task_runs: [],
  };
}

/** A stored run config: most of it right, so that the planner gets far. */
export function runConfig(from: Seeded): JsonObject {
  const sometimes = (value: () => Json): JsonObject[string] => from.chance(0.15) ? value() : null;
  const config: JsonObject = {
    type: from.chance(0.95) ? "ECSRun" : hostileText(from),
    env: from.chance(0.8) ? { PASSWORD: ENV_SECRET, ...environment(from) } : secretly(from),
    labels: [],
    image: sometimes(() => hostileText(from)),
    cpu: sometimes(() => hostileText(from)),
    memory: sometimes(() => anyJson(from, 1)),
    task_definition: sometimes(() => definition(from)),
    task_definition_path: sometimes(() => from.pick(["s3://b/k", "/template.yaml", hostileText(from)])),
    task_definition_arn: sometimes(() => hostileText(from)),
    task_role_arn: sometimes(() => hostileText(from)),
    execution_role_arn: sometimes(() => hostileText(from)),
    run_task_kwargs: sometimes(() => runTaskKwargs(from)),
  };
  return from.chance(0.15) ? { ...config, ...anyObject(from) } : config;
}

/** Environments of the wrong shape, with a secret inside. */
function secretly(from: Seeded): Json {
  return from.pick<Json>([
    ENV_SECRET,
    [ENV_SECRET],
    [{ name: "A", value: ENV_SECRET }],
    { A: [ENV_SECRET] },
    { A: { b: ENV_SECRET } },
    { [hostileText(from)]: ENV_SECRET },
  ]);
}

function environment(from: Seeded): JsonObject {
  return Object.fromEntries(
    Array.from(
      { length: from.below(3) },
      () => [hostileText(from), from.chance(0.8) ? hostileText(from) : anyJson(from)],
    ),
  );
}

function variables(from: Seeded): Json {
  return from.pick<Json>([
    [{ name: "A", value: ENV_SECRET }],
    [{ name: hostileText(from), value: hostileText(from) }],
    [{ name: "A", value: [ENV_SECRET] }],
    [ENV_SECRET],
    { A: ENV_SECRET },
    null,
    anyJson(from),
  ]);
}

/** A task definition in all its wrong shapes. */
export function definition(from: Seeded): Json {
  const container = { name: from.pick(["flow", "side", hostileText(from)]), environment: variables(from) };
  return from.pick<Json>([
    { containerDefinitions: [container] },
    { containerDefinitions: [container, anyJson(from)], cpu: anyJson(from, 0), tags: anyJson(from) },
    { containerDefinitions: anyJson(from) },
    { networkMode: hostileText(from), containerDefinitions: [{ ...container, ...anyObject(from) }] },
    { containerDefinitions: [], volumes: deeply(50) },
    anyJson(from),
  ]);
}

/** RunTask arguments in all their wrong shapes. */
export function runTaskKwargs(from: Seeded): Json {
  const override = { name: "flow", environment: variables(from) };
  return from.pick<Json>([
    { overrides: { containerOverrides: [override] } },
    { overrides: { containerOverrides: anyJson(from) } },
    { overrides: anyJson(from) },
    { cluster: hostileText(from), count: anyJson(from, 0), tags: anyJson(from) },
    { networkConfiguration: anyJson(from), launchType: hostileText(from) },
    anyObject(from),
    anyJson(from),
  ]);
}

/** Storage as some program might have stored it. */
export function storage(from: Seeded): Json {
  return from.pick<Json>([
    null,
    { type: from.pick(["Docker", "S3", "Local", "GitHub", "Module", "Azure", "nope", hostileText(from)]) },
    {
      type: "Docker",
      registry_url: hostileText(from),
      image_name: hostileText(from),
      image_tag: hostileText(from),
    },
    { type: "Docker", image_name: anyJson(from), image_tag: anyJson(from), registry_url: anyJson(from) },
    anyObject(from),
    anyJson(from),
  ]);
}
