/**
 * The recorded cases of the `kubernetes` flavour, as inputs of pure functions.
 *
 * @module
 */

import { parseCommandLine } from "../../../commands/cli/command_line.ts";
import { kubernetesFlavour } from "../../../flavours/kubernetes_agent/flavour.ts";
import { kubernetesRelease, parseKubernetesOptions } from "../../../flavours/kubernetes_agent/options.ts";
import { resolveSettings } from "../../../schemas/prefect1/config/resolve_settings.ts";
import { toFailure } from "../../../schemas/failure/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isList, mapping } from "../../../schemas/json/shape.ts";
import { checkJob } from "../../../schemas/kubernetes/job/check_job.ts";
import { jobOf } from "../../../schemas/kubernetes/plan.ts";
import type { Reading, Readings, Source } from "../../../schemas/plan/source.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";

/** What a case expects. */
export interface KubernetesExpect {
  readonly jobs?: readonly { readonly namespace: string; readonly body: JsonObject }[];
  readonly documents?: readonly JsonObject[];
  readonly exit?: number;
  readonly says?: readonly string[];
  readonly runs?: Readonly<Record<string, { readonly failed?: { readonly says: readonly string[] } }>>;
}

/** One recorded case. */
export interface KubernetesCase {
  readonly id: string;
  readonly kind: string;
  readonly verdict: "KEEP" | "FIX";
  readonly agent: {
    readonly argv: readonly string[];
    readonly env?: Readonly<Record<string, string | null>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly s3?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly http?: Readonly<Record<string, { readonly status: number; readonly body: string }>>;
  };
  readonly flow_runs?: readonly JsonObject[];
  readonly expect: KubernetesExpect;
  readonly expect_fixed?: KubernetesExpect;
}

/** Reads a group, such as `template`. */
export function kubernetesCases(group: string): readonly KubernetesCase[] {
  const url = new URL(`../../golden/kubernetes/${group}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)).cases;
}

const API = "http://prefect.invalid:4200";

const BASE_ENV: Readonly<Record<string, string>> = {
  HOME: "/home/agent",
  PREFECT__CLOUD__API: API,
  PREFECT__CLOUD__API_KEY: "pcu_k3y",
  PREFECT__CLOUD__TENANT_ID: "33333333-3333-4333-8333-333333333333",
};

const PLACES: readonly (readonly [string, string])[] = [
  ["{root}", "/root"],
  ["{home}", "/home/agent"],
  ["{api}", API],
  ["{aws}", "http://aws.invalid"],
];

/** The texts of a case with its places filled in. */
export function placed<T>(value: T): T {
  const text = PLACES.reduce((all, [name, place]) => all.replaceAll(name, place), JSON.stringify(value));
  return JSON.parse(text);
}

/** The environment of a case. */
export function caseEnv({ agent }: KubernetesCase): Readonly<Record<string, string>> {
  const given = Object.entries(placed(agent.env ?? {}));
  const all = new Map<string, string | null>([...Object.entries(BASE_ENV), ...given]);
  return Object.fromEntries(
    [...all].flatMap(([name, value]) => value === null ? [] : [[name, value] as const]),
  );
}

/** What became of one flow run: its Job, or why there is none. */
export type Outcome =
  | { readonly runId: string; readonly namespace: string; readonly job: JsonObject }
  | { readonly runId: string; readonly failed: string };

/** What became of a case: its runs, or why the agent did not start. */
export type Started = { readonly runs: readonly Outcome[] } | { readonly refused: string };

/** Plans every run of a case, as an agent of these options does. */
export function planKubernetes(testCase: KubernetesCase): Started {
  try {
    const options = optionsOf(testCase);
    const read = (sources: readonly Source[]) => readingsOf(testCase, sources);
    const prepared = kubernetesFlavour.prepare(options, read(kubernetesFlavour.startSources(options)));
    for (const { plan } of kubernetesFlavour.samples(prepared)) checkJob(plan);
    const known = kubernetesFlavour.registered(prepared, {
      tenantId: "11111111-1111-4111-8111-111111111111",
    });
    return { runs: (placed(testCase.flow_runs) ?? []).map((row) => planRun(row, known, read)) };
  } catch (thrown) {
    return { refused: toFailure(thrown).message };
  }
}

function optionsOf(testCase: KubernetesCase) {
  const env = caseEnv(testCase);
  const command = parseCommandLine(placed(testCase.agent.argv));
  if (command.kind !== "start") throw new TypeError(`not a start command: ${command.kind}`);
  const { values, pairs } = command;
  const settings = resolveSettings({
    rules: kubernetesRelease.settingsRules,
    values,
    env,
    readText: () => null,
  });
  return parseKubernetesOptions({ values, pairs, env }, settings);
}

function planRun(
  row: JsonObject,
  options: ReturnType<typeof optionsOf>,
  read: (sources: readonly Source[]) => Readings,
): Outcome {
  const run = runOf(row);
  try {
    let readings: Readings = {};
    for (let round = 0; round < 3; round++) {
      readings = { ...readings, ...read(kubernetesFlavour.sources(run, options, readings)) };
    }
    const plan = kubernetesFlavour.plan(run, options, readings);
    checkJob(plan);
    const job = jobOf(plan, { identifier: "{id}", annotations: {} });
    return { runId: run.id, namespace: plan.namespace, job };
  } catch (thrown) {
    return { runId: run.id, failed: toFailure(thrown).message };
  }
}

function readingsOf({ agent }: KubernetesCase, sources: readonly Source[]): Readings {
  const files = placed(agent.files ?? {});
  const text = (found: string | undefined): Reading =>
    found === undefined ? { kind: "absent", message: "there is none" } : { kind: "text", text: found };
  const readOne = (
    source: Source & Partial<Record<"path" | "bucket" | "object" | "url" | "text", string>>,
  ): Reading => {
    if (source.kind === "given") return text(source.text);
    if (source.kind === "file") return text(files[source.path ?? ""]);
    if (source.kind === "s3") return text(agent.s3?.[source.bucket ?? ""]?.[source.object ?? ""]);
    const page = Object.entries(agent.http ?? {}).find(([url]) =>
      source.url?.endsWith(url.replace("://", "/"))
    );
    return text(page?.[1].status === 200 ? page[1].body : undefined);
  };
  return Object.fromEntries(sources.map((source) => [source.key, readOne(source)]));
}

/** A row of the API as the boundary would parse it. */
function runOf(row: JsonObject): FlowRun {
  const flow = mapping(row.flow);
  const state = mapping(row.serialized_state);
  return {
    id: String(row.id),
    name: String(row.name),
    version: Number(row.version),
    state,
    stateType: String(state.type),
    startTime: "",
    dueAtMs: null,
    dueTaskRuns: [],
    flow: {
      id: String(flow.id),
      name: String(flow.name),
      version: flow.version as number | null,
      environment: (flow.environment ?? null) as JsonObject | null,
      storage: (flow.storage ?? null) as JsonObject | null,
      coreVersion: (flow.core_version ?? null) as string | null,
    },
    runConfig: (row.run_config ?? null) as JsonObject | null,
  };
}

/**
 * A Job as it is compared: nulls and empty members count as absent, variables have no order, and what is ours alone
 * (backoffLimit 0, apiVersion and kind, own annotations) is taken away.
 */
export function comparableJob(job: JsonObject): Json {
  const spec = mapping(job.spec);
  const { backoffLimit, ...members } = spec;
  const plain = { ...job, spec: backoffLimit === 0 ? members : spec, apiVersion: undefined, kind: undefined };
  return simple(plain) ?? {};
}

function simple(value: Json | undefined, name = ""): Json | undefined {
  if (value === null || value === undefined || name.startsWith("prefect.io/agent-")) return undefined;
  if (isList(value)) {
    const items = value.flatMap((item) => simple(item) ?? []);
    return name === "env" ? items.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1) : items;
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, member]) => {
    const kept = simple(member, key);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : 1));
}
