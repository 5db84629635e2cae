/**
 * Every recorded request of the real client, agent and runtime is put to the sandbox again: the answers must be the
 * recorded ones, up to ids, moments and made-up names.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readRequest } from "../../../sandbox/prefect1/http.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { type Exchange, exchanges, journeys, recordedFlows } from "../support/recordings.ts";
import { type Bench, bench, registered } from "../support/sandbox_store.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;
const RUN_NAME = /^[a-z]+-[a-z]+$/;

/** Errors that follow from the request; all other recorded ones were planted in the stub. */
const OWN_ERRORS = /^Uniqueness violation|^Required parameters|^Flow .* not found$/;

/** Where the stub was told to answer against its own rules, states differ from there on: only the shape is compared. */
const PLANTED: ReadonlySet<string> = new Set(["run-queued-by-concurrency"]);

interface Replay {
  readonly on: Bench;
  /** Recorded id → id in the sandbox. */
  readonly ids: Map<string, string>;
}

function plantedFault({ response }: Exchange): boolean {
  const { status, body } = response;
  if (status !== 200 || !isJsonObject(body)) return true;
  const [error] = (body["errors"] ?? []) as JsonObject[];
  return error !== undefined && !OWN_ERRORS.test(String(error["message"]));
}

/** Answers that the stub was told to give: a full queue, no tenant, a token of the wrong kind. */
function plantedAnswer({ response }: Exchange): boolean {
  return /"QUEUED"|"tenant":\[\]|"api_token_scope":"USER"|"tenant_id":null/.test(
    JSON.stringify(response.body),
  );
}

/** Moment of the first exchange: agents ask for what is due 10 s ahead. */
function startOf(journey: readonly Exchange[]): number {
  for (const { request, t } of journey) {
    const before = /before\\*": \\*"([^"\\]+)/.exec(JSON.stringify(request.body))?.[1];
    if (before !== undefined) return Date.parse(before) - 10_000 - t * 1000;
  }
  const moment = /20\d\d-\d\d-\d\dT[\d:.]+\+00:00/.exec(JSON.stringify(journey));
  return moment === null ? Date.UTC(2026, 10, 21) : Date.parse(moment[0]);
}

function prepared(journey: readonly Exchange[]): Replay {
  const on = bench();
  const ids = new Map([["11111111-1111-4111-8111-111111111111", on.tenantId]]);
  on.at(startOf(journey));
  if (journey.some(({ operation }) => operation?.includes("create_project"))) return { on, ids };
  let etl = "";
  const all = JSON.stringify(journey);
  const place = (name: string) => name === "etl" ? 0 : all.indexOf(`"name":"${name}"`);
  const flows = [...recordedFlows(journey)].filter(([name]) => place(name) >= 0);
  for (const [name, flow] of flows.sort(([one], [other]) => place(one) - place(other))) {
    const id = registered(on, flow);
    if (name === "etl") etl = id;
  }
  const config = on.store.insert("agent_config", { settings: { health_threshold: 3 } });
  ids.set("7d4ff33c-951c-488f-acb3-be4bed738cde", config);
  for (const { request } of journey) {
    const group = /flow_group_id: { _eq: \\*"([0-9a-f-]{36})/.exec(JSON.stringify(request.body))?.[1];
    if (group !== undefined) ids.set(group, String(on.store.byId("flow", etl)?.["flow_group_id"]));
    const versions = /version_group_id\\*": \\*"([0-9a-f-]{36})/.exec(JSON.stringify(request.body))?.[1];
    if (versions !== undefined) ids.set(versions, String(on.store.byId("flow", etl)?.["version_group_id"]));
    const used = /[^_]flow_id\\*": \\*"([0-9a-f-]{36})/.exec(JSON.stringify(request.body))?.[1];
    if (used !== undefined && !ids.has(used) && !used.startsWith("9999")) ids.set(used, etl);
  }
  return { on, ids };
}

/** Notes which id of the sandbox stands for which recorded one. */
function learn(ids: Map<string, string>, recorded: Json, own: Json): void {
  if (typeof recorded === "string" && typeof own === "string") {
    if (recorded.match(UUID)?.[0] === recorded && own.match(UUID)?.[0] === own) ids.set(recorded, own);
    return;
  }
  if (Array.isArray(recorded) && Array.isArray(own)) {
    recorded.forEach((item, at) => learn(ids, item, own[at] ?? null));
    return;
  }
  if (!isJsonObject(recorded) || !isJsonObject(own)) return;
  for (const [key, value] of Object.entries(recorded)) learn(ids, value ?? null, own[key] ?? null);
}

/** Moments, made-up names and ids made alike. */
function plain(value: Json): Json {
  if (typeof value === "string") {
    if (MOMENT.test(value)) return "a moment";
    if (RUN_NAME.test(value)) return "two-words";
    return value.replaceAll(UUID, "an id");
  }
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item ?? null)]));
}

/** Whether two answers are of the same kind throughout; what one of them does not have says nothing. */
function alike(own: Json, wanted: Json): boolean {
  if (own === null || wanted === null) return true;
  if (Array.isArray(own) && Array.isArray(wanted)) {
    return own.length === 0 || wanted.length === 0 || alike(own[0] ?? null, wanted[0] ?? null);
  }
  if (!isJsonObject(own) || !isJsonObject(wanted)) return typeof own === typeof wanted;
  return Object.entries(wanted).every(([key, value]) => alike(own[key] ?? null, value ?? null));
}

function replay({ on, ids }: Replay, exchange: Exchange, versionLocking: boolean): JsonObject {
  const text = JSON.stringify(exchange.request.body).replaceAll(UUID, (id) => ids.get(id) ?? id);
  const request = readRequest(text);
  assert.ok(typeof request !== "string", String(request));
  const agentId = exchange.request.headers["X-PREFECT-AGENT-ID"] ?? null;
  const call = { agentId: ids.get(agentId ?? "") ?? null, versionLocking };
  const { status, body } = on.execute(request.query, request.variables, call);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

for (const journey of journeys()) {
  Deno.test(`replay: given the journey ${journey}, when its requests come again, then the answers are alike`, () => {
    const recorded = exchanges(journey);
    const state = prepared(recorded);
    const start = state.on.now();
    const planted = PLANTED.has(journey);

    for (const exchange of recorded.filter((item) => !plantedFault(item) && !plantedAnswer(item))) {
      state.on.at(start + Math.round(exchange.t * 1000));
      const own = replay(state, exchange, !planted);
      const wanted = exchange.response.body as JsonObject;

      learn(state.ids, wanted, own);
      const where = `exchange ${exchange.n}: ${exchange.operation}`;
      if (planted) assert.ok(alike(own["data"] ?? null, wanted["data"] ?? null), where);
      else assert.deepEqual(plain(own["data"] ?? null), plain(wanted["data"] ?? null), where);
      assert.equal("errors" in own, "errors" in wanted, where);
    }
    state.on.store.close();
  });
}
