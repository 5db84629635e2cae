/**
 * The recorded exchanges between the Python agent 0.15.13 and its API, cut into the lives of agents.
 *
 * @module
 */

import type { JsonObject } from "../../schemas/json/json.ts";
import { Secret } from "../../schemas/secrets/secret.ts";
import type { ApiCredential, Prefect1Settings } from "../../schemas/prefect1/config/settings.ts";

/** One recorded exchange. */
export interface Exchange {
  readonly n: number;
  readonly from: string;
  readonly operation: readonly string[];
  readonly request: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: { readonly query: string; readonly variables: string };
    // deno-lint-ignore no-explicit-any
    readonly variables_decoded: any; // recorded JSON, of many shapes
  };
  readonly response: { readonly status: number | null; readonly body: JsonObject | string | null };
}

/** The life of one agent process. */
export interface Life {
  readonly id: string;
  readonly exchanges: readonly Exchange[];
  readonly settings: Partial<Prefect1Settings>;
}

const FOLDER = new URL("../wire/prefect1/", import.meta.url);

/** Every recorded agent; `runtime-extras` is left out, its runtime asks for tenants in the agent's name. */
export function recordedLives(): readonly Life[] {
  return [...Deno.readDirSync(FOLDER)]
    .map((entry) => entry.name)
    .filter((name) =>
      name.endsWith(".json") && !name.endsWith(".notes.json") && name !== "runtime-extras.json"
    )
    .sort()
    .flatMap((name) => livesOf(name.replace(".json", "")));
}

function livesOf(name: string): readonly Life[] {
  const all: readonly Exchange[] = JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, FOLDER)));
  const lives: Exchange[][] = [];
  for (const exchange of all.filter((one) => one.from === "agent")) {
    const before = lives.at(-1)?.at(-1);
    if (before === undefined || isNewLife(before, exchange)) lives.push([]);
    lives.at(-1)?.push(exchange);
  }
  return lives.map((exchanges, at) => ({
    id: `${name} #${at + 1}`,
    exchanges,
    settings: settingsOf(exchanges),
  }));
}

function opOf(exchange: Exchange): string {
  return exchange.operation[0] ?? "";
}

const ASKS_WHO = new Set(["tenant", "auth_info"]);

function isNewLife(before: Exchange, now: Exchange): boolean {
  if (ASKS_WHO.has(opOf(now))) return true;
  return opOf(now) === "register_agent" && !ASKS_WHO.has(opOf(before));
}

function settingsOf(exchanges: readonly Exchange[]): Partial<Prefect1Settings> {
  const registered = exchanges.find((one) => opOf(one) === "register_agent")?.request.variables_decoded.input;
  const isServer = exchanges.some((one) => opOf(one) === "tenant");
  return {
    backend: isServer ? "server" : "cloud",
    credential: credentialOf(exchanges),
    name: registered?.name ?? "agent",
    labels: registered?.labels ?? [],
    agentConfigId: registered?.agent_config_id ?? null,
  };
}

function credentialOf(exchanges: readonly Exchange[]): ApiCredential {
  const bearer = exchanges[0]?.request.headers.Authorization?.replace("Bearer ", "");
  if (bearer === undefined) return { kind: "none" };
  const isToken = exchanges[0]?.request.body.query.includes("api_token_scope") ?? false;
  if (isToken) return { kind: "token", token: new Secret(bearer) };
  const tenantId = exchanges[0]?.request.headers["X-PREFECT-TENANT-ID"] ?? null;
  return { kind: "key", key: new Secret(bearer), tenantId };
}
