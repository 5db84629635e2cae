/**
 * Hides secrets in what people and programs outside may see: by the names of members, by patterns in texts, and by the values
 * this process knows to be secret.
 *
 * @module
 */

import { type Failure, FailureError, toFailure } from "../failure/failure.ts";
import { isJsonObject, type Json } from "../json/json.ts";
import { HIDDEN } from "./secret.ts";

/** Hides what is secret. */
export interface Redactor {
  readonly text: (text: string) => string;
  /** Plain JSON of anything: errors become failures, functions and what lies too deep are left out. */
  readonly json: (value: unknown) => Json;
  /** The text of {@link Redactor.json}, made at once: several times as fast. Objects must not change later. */
  readonly jsonText: (value: unknown) => string;
  /** {@link Redactor.jsonText} in pieces; most pieces are cached from earlier calls. */
  readonly writeJson: (value: unknown, put: PutText) => void;
}

/** Takes the next piece of a text. */
export type PutText = (piece: string) => void;

/** What a {@link Redactor} knows besides names and patterns. */
export interface RedactorOptions {
  /** Values that are secret in every place; those under {@link SHORTEST} characters are left unchanged. */
  readonly secrets?: readonly string[];
}

/** A shorter value would hide innocent words. */
export const SHORTEST = 6;

/** Members that are hidden with all they hold. `clientToken` and page tokens are not secret, but readers do not need them. */
const SECRET_NAME =
  /api[-_]?key|token|secret|passw(or)?d|passphrase|authorization|credential|cookie|signature|private[-_]?key|access[-_]?key|session[-_]?key|^key$/i;

/** Members whose values come from an environment, with any name. */
const ENVIRONMENT_NAME = /^(env|environ|environment|env[-_]?vars|environmentvariables|variables)$/i;

/** Texts that look secret: header values, signed requests, user and password in a URL, `name=value` and `"name": "value"`. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[\w\-.~+/=]{6,}/gi, `$1 ${HIDDEN}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, HIDDEN],
  [/(\/\/)[^/\s:@]+:[^/\s@]+@/g, `$1${HIDDEN}@`],
  [
    /\b(x-amz-(?:security-token|signature|credential)|signature|credential)(=)(?!\(hidden\))[^&\s,;"']+/gi,
    `$1$2${HIDDEN}`,
  ],
  [
    /\b([\w-]*(?:api_?key|auth_?token|access_?key(?:_?id)?|secret_?key|secret|token|passw(?:or)?d|authorization)["']?\s*[=:]\s*)(?!\(hidden\))("[^"]*"|'[^']*'|[^\s,;&"'}\])]+)/gi,
    `$1${HIDDEN}`,
  ],
  [
    /\b(PREFECT__(?:CONTEXT__SECRETS__\w+|CLOUD__(?:API_KEY|AGENT__AUTH_TOKEN|AUTH_TOKEN)))(\s*[=:]\s*)(?!\(hidden\))\S+/g,
    `$1$2${HIDDEN}`,
  ],
];

/** Most texts hold none of these, and then nothing needs to be looked for. */
const SUSPICIOUS = /bearer|basic|AKIA|ASIA|@|key|token|secret|passw|credential|signature|authorization/i;

/** Deeper than anything that is shown. */
const DEEPEST = 12;

/** @param options values that are secret by themselves */
export function makeRedactor({ secrets = [] }: RedactorOptions = {}): Redactor {
  const known = knownSecrets(secrets);
  const text = remembered((value: string): string => {
    const shown = known === null ? value : value.replace(known, HIDDEN);
    if (!SUSPICIOUS.test(shown)) return shown;
    return SECRET_TEXTS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), shown);
  });
  const write = makeWriter(text);
  const writeJson: Redactor["writeJson"] = (value, put) => write(value, 0, put);
  return {
    text,
    json: (value) => plain(value, text, 0),
    jsonText: (value) => joined(value, writeJson),
    writeJson,
  };
}

function joined(value: unknown, write: Redactor["writeJson"]): string {
  const pieces: string[] = [];
  write(value, (piece) => void pieces.push(piece));
  return pieces.join("");
}

/** Number of cached objects: those that the contexts of one run share, and those that all runs share. */
const SHARED = 1024;

type Write = (value: unknown, depth: number, put: PutText) => void;

/** Writes what {@link plain} makes, without making it. */
function makeWriter(text: HideText): Write {
  const quoted = remembered((value) => JSON.stringify(text(value)));
  const memberNamed = remembered((name) => {
    const opening = `${quoted(name)}:`;
    return { kind: kindOf(name), first: `{${opening}`, next: `,${opening}` };
  });
  const shared = new Map<object, string>();
  const write: Write = (value, depth, put) => {
    if (typeof value === "string") put(quoted(value));
    else if (value === null || typeof value === "boolean") put(String(value));
    else if (typeof value === "number") put(Number.isFinite(value) ? String(value) : "null");
    else if (typeof value !== "object") put(JSON.stringify(plain(value, text, depth)));
    else if (depth === 1) put(shared.get(value) ?? share(value));
    else writeObject(value, depth, put);
  };
  const share = (value: object): string => {
    if (shared.size >= SHARED) shared.clear();
    const made = joined(value, (_, put) => writeObject(value, 1, put));
    shared.set(value, made);
    return made;
  };
  const writeObject = (value: object, depth: number, put: PutText): void => {
    if (!isPlain(value) || depth >= DEEPEST) return put(JSON.stringify(plain(value, text, depth)));
    let isFirst = true;
    for (const name in value) {
      const member = value[name];
      if (isNothing(name, member)) continue;
      const { kind, first, next } = memberNamed(name);
      put(isFirst ? first : next);
      isFirst = false;
      if (kind === "plain") write(member, depth + 1, put);
      else put(JSON.stringify(byName(name, member, { text, depth })));
    }
    put(isFirst ? "{}" : "}");
  };
  return write;
}

/** Neither of a class nor a list, nor one half of the pairs that environments are made of. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(value) === Object.prototype && !("value" in value);
}

/** One pattern for all, the longest first; also in the spelling of addresses and of JSON. Null: there are none. */
function knownSecrets(secrets: readonly string[]): RegExp | null {
  const forms = secrets.filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  if (forms.length === 0) return null;
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
}

/** Number of cached answers, and the longest cached text, because ids, names and words repeat often. */
const REMEMBERED = 4096;
const REMEMBERED_LENGTH = 80;

function remembered<Answer>(ask: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    if (text.length > REMEMBERED_LENGTH) return ask(text);
    const known = answers.get(text);
    if (known !== undefined) return known;
    if (answers.size >= REMEMBERED) answers.clear();
    const answer = ask(text);
    answers.set(text, answer);
    return answer;
  };
}

/** What the name of a member says about its value. */
const kindOf = remembered((name: string): "secret" | "environment" | "plain" =>
  SECRET_NAME.test(name) ? "secret" : ENVIRONMENT_NAME.test(name) ? "environment" : "plain"
);

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
  // One variable, as requests list their environment.
  const isPair = "name" in value && "value" in value;
  for (const [name, member] of Object.entries(value)) {
    if (isNothing(name, member)) continue;
    if (isPair && name === "value") shown[name] = HIDDEN;
    else shown[text(name)] = byName(name, member, { text, depth });
  }
  return shown;
}

/** What JSON leaves out, and the one name that cannot be set. */
function isNothing(name: string, member: unknown): boolean {
  return member === undefined || typeof member === "function" || name === "__proto__";
}

function byName(name: string, member: unknown, { text, depth }: { text: HideText; depth: number }): Json {
  switch (kindOf(name)) {
    case "secret":
      return member === null ? null : HIDDEN;
    case "environment":
      return hideValues(member, text, depth + 1);
    case "plain":
      return plain(member, text, depth + 1);
  }
}

/** Names are kept, values are not. */
function hideValues(value: unknown, text: HideText, depth: number): Json {
  if (value === null || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => hideValues(item, text, depth + 1));
  if (typeof value !== "object" || depth > DEEPEST) return HIDDEN;
  if ("name" in value && "value" in value) return { name: plain(value.name, text, depth + 1), value: HIDDEN };
  return Object.fromEntries(Object.keys(value).map((name) => [text(name), HIDDEN]));
}

/** Rebuilds a thrown value from its written form, so that machines can read its failure. */
export function revivedError(written: Json): unknown {
  const failure = isJsonObject(written) ? written["failure"] : undefined;
  if (!isJsonObject(failure) || typeof failure["tag"] !== "string") return written;
  // Boundary: `plain` wrote it from a Failure, and readers tell failures apart by `tag` alone.
  return new FailureError(failure as unknown as Failure);
}
