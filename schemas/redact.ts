/**
 * Hides secrets in what people and programs outside may see: by the names of members, by the look of texts, and by the values
 * this process knows to be secret.
 *
 * @module
 */

import { type Failure, FailureError, toFailure } from "./failure.ts";
import { isJsonObject, type Json } from "./json.ts";
import { HIDDEN } from "./secret.ts";

/** Hides what is secret. */
export interface Redactor {
  readonly text: (text: string) => string;
  /** Plain JSON of anything: errors become failures, functions and what lies too deep are left out. */
  readonly json: (value: unknown) => Json;
}

/** What a {@link Redactor} knows besides names and looks. */
export interface RedactorOptions {
  /** Values that are secret wherever they appear; those under {@link SHORTEST} characters are left alone. */
  readonly secrets?: readonly string[];
}

/** A shorter value would hide innocent words. */
export const SHORTEST = 6;

/** Members that are hidden with all they hold. `clientToken` and page tokens are no secrets, but nobody misses them. */
const SECRET_NAME =
  /api[-_]?key|token|secret(?!.*arns?$)|passw(or)?d|passphrase|authorization|credential|cookie|signature|private[-_]?key|access[-_]?key|session[-_]?key|^key$/i;

/** Members whose values, whatever their names, come from an environment. */
const ENVIRONMENT_NAME = /^(env|environ|environment|env[-_]?vars|environmentvariables|variables)$/i;

/** Texts that look secret: header values, signed requests, user and password in a URL, `name=value` and `"name": "value"`. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w\-.~+/=]{6,}/gi, `$1 ${HIDDEN}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, HIDDEN],
  [/(\/\/)[^/\s:@]+:[^/\s@]+@/g, `$1${HIDDEN}@`],
  [/\b(x-amz-(?:security-token|signature|credential)|signature|credential)(=)[^&\s,;"']+/gi, `$1$2${HIDDEN}`],
  [
    /\b([\w-]*(?:api_?key|auth_?token|access_?key(?:_?id)?|secret_?key|secret|token|passw(?:or)?d|authorization)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"'}\])]+)/gi,
    `$1${HIDDEN}`,
  ],
  [
    /\b(PREFECT__(?:CONTEXT__SECRETS__\w+|CLOUD__(?:API_KEY|AGENT__AUTH_TOKEN|AUTH_TOKEN)))(\s*[=:]\s*)\S+/g,
    `$1$2${HIDDEN}`,
  ],
];

/** Most texts hold none of these, and then nothing needs to be looked for. */
const SUSPICIOUS = /bearer|basic|AKIA|ASIA|@|key|token|secret|passw|credential|signature|authorization/i;

/** Deeper than anything that is shown. */
const DEEPEST = 12;

/** @param options values that are secret by themselves */
export function makeRedactor({ secrets = [] }: RedactorOptions = {}): Redactor {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST)
    .flatMap((
      secret,
    ) => [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])])
    .sort((a, b) => b.length - a.length);
  const text = (value: string): string => {
    let shown = value;
    for (const secret of known) if (shown.includes(secret)) shown = shown.replaceAll(secret, HIDDEN);
    if (!SUSPICIOUS.test(shown)) return shown;
    for (const [pattern, instead] of SECRET_TEXTS) shown = shown.replace(pattern, instead);
    return shown;
  };
  return { text, json: (value) => plain(value, text, 0) };
}

type HideText = (text: string) => string;

function plain(value: unknown, text: HideText, depth: number): Json {
  if (typeof value === "string") return text(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return text(String(value));
  if (typeof value !== "object" || depth > DEEPEST) return null;
  if (value instanceof Error) return { name: value.name, failure: plain(toFailure(value), text, depth + 1) };
  if (Array.isArray(value)) return value.map((item) => plain(item, text, depth + 1));
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON(), text, depth + 1);
  return members(value, text, depth);
}

function members(value: object, text: HideText, depth: number): Json {
  const shown: Record<string, Json> = {};
  const isPair = "name" in value && "value" in value;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || typeof member === "function") continue;
    // The shape of environments in ECS requests.
    if (isPair && name === "value") shown[name] = HIDDEN;
    else if (SECRET_NAME.test(name)) shown[text(name)] = member === null ? null : HIDDEN;
    else if (ENVIRONMENT_NAME.test(name)) shown[name] = hideValues(member, text, depth + 1);
    else shown[text(name)] = plain(member, text, depth + 1);
  }
  return shown;
}

/** Names are kept, values are not. */
function hideValues(value: unknown, text: HideText, depth: number): Json {
  if (value === null || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => hideValues(item, text, depth + 1));
  if (typeof value !== "object" || depth > DEEPEST) return HIDDEN;
  if ("name" in value && "value" in value) return { name: plain(value.name, text, depth + 1), value: HIDDEN };
  return Object.fromEntries(Object.keys(value).map((name) => [text(name), HIDDEN]));
}

/** What was thrown, back from its written form, so that machines can take it apart again. */
export function revivedError(written: Json): unknown {
  const failure = isJsonObject(written) ? written["failure"] : undefined;
  if (!isJsonObject(failure) || typeof failure["tag"] !== "string") return written;
  // Boundary: `plain` wrote it from a Failure, and readers tell failures apart by `tag` alone.
  return new FailureError(failure as unknown as Failure);
}
