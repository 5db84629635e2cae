/**
 * `botocore_config`: options of the Python SDK's `Config`, mapped to what the JavaScript SDK offers.
 *
 * @module
 */

import * as v from "valibot";
import { FailureError } from "../../schemas/failure/failure.ts";
import { literal } from "./kwarg_value.ts";
import { isJsonObject, type JsonObject } from "../../schemas/json/json.ts";
import { type PyValue, toJson } from "../../schemas/python/value.ts";

/** What AWS clients are made with; null: the SDK's own default. */
export interface BotocoreSettings {
  /** For one exchange with AWS. */
  readonly requestTimeoutMs: number | null;
  /** First try included. ECS calls are tried once: their retries and pacing are the agent's own. */
  readonly maxAttempts: number | null;
  readonly retryMode: "standard" | "adaptive" | null;
  readonly userAgentExtra: string | null;
  readonly userAgentAppId: string | null;
  readonly useDualstackEndpoint: boolean | null;
  readonly useFipsEndpoint: boolean | null;
  /** Region where neither `region_name` nor REGION_NAME gives one. */
  readonly regionName: string | null;
  /** Options botocore knows and the JavaScript SDK has no counterpart for. */
  readonly unsupported: readonly string[];
}

const FIELD = "botocore_config";
const seconds = v.pipe(v.number(), v.gtValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const MAPPED = v.looseObject({
  region_name: v.nullish(v.string()),
  read_timeout: v.nullish(seconds),
  user_agent_extra: v.nullish(v.string()),
  user_agent_appid: v.nullish(v.string()),
  use_dualstack_endpoint: v.nullish(v.boolean()),
  use_fips_endpoint: v.nullish(v.boolean()),
  retries: v.nullish(v.strictObject({
    total_max_attempts: v.optional(v.pipe(count, v.minValue(1))),
    max_attempts: v.optional(count),
    mode: v.optional(v.picklist(["legacy", "standard", "adaptive"])),
  })),
});

type Mapped = v.InferOutput<typeof MAPPED>;

// Connections are those of the runtime: its pool, its proxies (HTTPS_PROXY), one deadline for a whole exchange.
const WITHOUT_COUNTERPART: readonly string[] = [
  "connect_timeout",
  "max_pool_connections",
  "proxies",
  "signature_version",
  "user_agent",
  "parameter_validation",
  "proxies_config",
  "s3",
  "client_cert",
  "inject_host_prefix",
  "endpoint_discovery_enabled",
  "ignore_configured_endpoint_urls",
  "defaults_mode",
  "tcp_keepalive",
  "request_min_compression_size_bytes",
  "disable_request_compression",
  "client_context_params",
  "sigv4a_signing_region_set",
  "request_checksum_calculation",
  "response_checksum_validation",
  "account_id_endpoint_mode",
  "auth_scheme_preference",
];

/** Settings of a client that was given no `botocore_config`. */
export const noBotocoreConfig: BotocoreSettings = settingsOf({}, []);

/**
 * Reads `botocore_config`, a mapping or text with one (Python literal or JSON).
 *
 * @throws {FailureError} `configuration` for an option botocore does not know, or a value of the wrong type
 * @see https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
 */
export function parseBotocoreConfig(given: PyValue): BotocoreSettings {
  const read = literal(given);
  if (read.kind === "none") return noBotocoreConfig;
  const options = toJson(read);
  if (!isJsonObject(options)) {
    throw refused(`expected an object of botocore options, such as {"read_timeout": 5}`);
  }
  const known = Object.keys(MAPPED.entries);
  const unknown = Object.keys(options).filter((name) => ![...known, ...WITHOUT_COUNTERPART].includes(name));
  if (unknown.length > 0) {
    throw refused(`unknown option ${unknown.join(", ")}; understood are ${known.join(", ")}`);
  }
  return settingsOf(checked(options), Object.keys(options).filter((name) => !known.includes(name)));
}

function checked(options: JsonObject): Mapped {
  const result = v.safeParse(MAPPED, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw refused(`${v.getDotPath(issue) ?? "it"} must be ${issue.expected ?? "something else"}`);
}

function refused(problem: string): FailureError {
  return new FailureError({
    tag: "configuration",
    field: FIELD,
    message: `Cannot use ${FIELD}: ${problem}`,
  });
}

function settingsOf(options: Mapped, unsupported: readonly string[]): BotocoreSettings {
  return {
    requestTimeoutMs: milliseconds(options.read_timeout),
    maxAttempts: attempts(options.retries),
    retryMode: retryMode(options.retries?.mode),
    userAgentExtra: options.user_agent_extra ?? null,
    userAgentAppId: options.user_agent_appid ?? null,
    useDualstackEndpoint: options.use_dualstack_endpoint ?? null,
    useFipsEndpoint: options.use_fips_endpoint ?? null,
    regionName: options.region_name ?? null,
    unsupported,
  };
}

function milliseconds(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : value * 1000;
}

// max_attempts counts the retries only, total_max_attempts the first try as well; the latter wins.
function attempts(retries: Mapped["retries"]): number | null {
  if (retries?.total_max_attempts !== undefined) return retries.total_max_attempts;
  return retries?.max_attempts === undefined ? null : retries.max_attempts + 1;
}

function retryMode(mode: "legacy" | "standard" | "adaptive" | undefined): "standard" | "adaptive" | null {
  if (mode === undefined) return null;
  return mode === "adaptive" ? "adaptive" : "standard";
}
