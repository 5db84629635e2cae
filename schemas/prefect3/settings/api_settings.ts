/**
 * How the API is reached, out of the settings.
 *
 * @module
 */

import { isJsonObject } from "../../json/json.ts";
import { hasControl } from "../../options/scalar_text.ts";
import { usageError } from "../../options/usage_error.ts";
import type { SecretForm, SettingReader } from "./setting_value.ts";
import { badSetting } from "./setting_value.ts";
import type { FoundSetting } from "./setting_sources.ts";
import type { ApiSettings } from "./worker_settings.ts";

/** A header carries it as it is. */
const KEY_FORM: SecretForm = {
  pattern: /^[\x21-\x7e]+$/,
  accepted: "printable ASCII characters without blanks",
};

/** It is sent in base64. */
const PAIR_FORM: SecretForm = {
  pattern: /^[^\p{Cc}]+$/u,
  accepted: "text such as user:password, without control characters",
};

const ONE_DAY_S = 86_400;

/**
 * Reads them.
 *
 * @throws {FailureError} `usage`
 */
export function apiSettings(
  read: SettingReader,
  env: Readonly<Record<string, string>>,
): ApiSettings {
  const retries = { least: 0, most: 1000, otherwise: 5, isWhole: true };
  return {
    url: urlOf(read),
    key: read.secret("PREFECT_API_KEY", KEY_FORM),
    authString: read.secret("PREFECT_API_AUTH_STRING", PAIR_FORM),
    certFile: read.text("PREFECT_API_SSL_CERT_FILE") ?? (env["SSL_CERT_FILE"]?.trim() || null),
    skipVerify: read.flag("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", false),
    http2: read.flag("PREFECT_API_ENABLE_HTTP2", false),
    requestTimeoutMs:
      read.number("PREFECT_API_REQUEST_TIMEOUT", { least: 0.1, most: ONE_DAY_S, otherwise: 60 }) * 1000,
    maxRetries: read.found("PREFECT_CLIENT_MAX_RETRIES") === null
      ? null
      : read.number("PREFECT_CLIENT_MAX_RETRIES", retries),
    extraCodes: codesOf(read.found("PREFECT_CLIENT_RETRY_EXTRA_CODES")),
    jitter: read.number("PREFECT_CLIENT_RETRY_JITTER_FACTOR", { least: 0, most: 100, otherwise: 0.2 }),
    csrf: read.flag("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED", true),
    headers: headersOf(read.found("PREFECT_CLIENT_CUSTOM_HEADERS")),
  };
}

const EXAMPLE = "an address such as http://127.0.0.1:4200/api";

function urlOf(read: SettingReader): string {
  const setting = read.found("PREFECT_API_URL");
  if (setting === null) {
    throw usageError(
      `PREFECT_API_URL is not set: set it to ${EXAMPLE}, in the environment, .env, prefect.toml, pyproject.toml or a profile`,
    );
  }
  const url = URL.parse(setting.text);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" &&
    url.search === "" && url.hash === "" && !hasControl(setting.text) && !/\s/.test(setting.text);
  // The address may hold a password, so it is never shown.
  if (!isUsable) {
    throw usageError(
      `Cannot use the value of PREFECT_API_URL (${setting.from}): expected ${EXAMPLE}, without ? and #`,
    );
  }
  return setting.text.replace(/\/+$/, "");
}

function codesOf(setting: FoundSetting | null): readonly number[] {
  if (setting === null) return [];
  const words = setting.text.replace(/^\[(.*)\]$/s, "$1").split(",").map((word) => word.trim());
  const codes = words.filter((word) => word !== "").map(Number);
  if (codes.every((code) => Number.isInteger(code) && code >= 100 && code <= 599)) {
    return [...new Set(codes)];
  }
  throw badSetting(setting, "HTTP statuses from 100 to 599 with commas between them");
}

/** @see RFC 9110, field names and values */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

function headersOf(setting: FoundSetting | null): Readonly<Record<string, string>> {
  if (setting === null) return {};
  const value = jsonOf(setting.text);
  const entries = isJsonObject(value) ? Object.entries(value) : null;
  const headers = entries?.flatMap(([name, text]) =>
    HEADER_NAME.test(name) && typeof text === "string" && /^[\x20-\x7e]*$/.test(text)
      ? [[name, text.trim()] as const]
      : []
  );
  if (headers !== undefined && headers.length === entries?.length) return Object.fromEntries(headers);
  throw badSetting(setting, `a JSON object of header names and texts, such as {"X-Team": "data"}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
