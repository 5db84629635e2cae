/**
 * Which names say that their value is secret.
 *
 * @module
 */

/**
 * `strong`: a value follows such a name, also in a sentence (`password: x`). `weak`: the name is an ordinary word as well, so
 * that in a sentence an ordinary word may follow it (`cannot pull the secret: access denied`). `none`: not secret.
 */
export type NameKind = "strong" | "weak" | "none";

/** So much of a name is looked at; its end says what it is. */
export const NAME_LENGTH = 80;

/** Most names hold none of these. */
const HINT = /key|tok|secret|pass|pw|cred|auth|cookie|sig|jwt|sas|bearer/i;

const STRONG = /^(?:password|passwd|passphrase|passcode|pwd|pw|authorization|jwt)s?$/;
const WEAK = /^(?:secret|token|credential|cred|auth|oauth|cookie|signature|sig|pass|sas|bearer)s?$/;

/** Names that are written as one word: `dbpassword`, `authtoken`. */
const STRONG_END =
  /(?:password|passwd|passphrase|(?:api|access|secret|private|shared|session|account|signing|master)key)s?$|(?:require|db|user|root|admin|pg|my|mysql|redis|proxy)pass$/;
const WEAK_END = /(?:secret|token|credential)s?$/;

/** The word before `key` that makes it a secret one. */
const KEY_OF =
  /^(?:api|app|application|access|secret|private|shared|session|account|signing|encryption|master|storage|auth|service|subscription|license|deploy|ssh|hmac|fernet|client|consumer|host)$/;

/** A variable such as `SOME_SERVICE_KEY`: with any word before it but one of those that make a key no secret. */
const KEY_VARIABLE =
  /^(?!.*(?:^|_)(?:PUBLIC|PRIMARY|FOREIGN|PARTITION|SORT|ROW|CACHE|OBJECT|BUCKET|GROUP|TAG|LABEL|IDEMPOTENCY)_KEY$)[A-Z][A-Z0-9_]*_KEY$/;

/** Last words of names that tell of a secret what may be shown: where it is, and what it is like. */
const TELLS_OF =
  /^(?:[au]rns?|file|files|path|dir|folder|stdin|ttl|type|types|count|limit|expiry|expires|expiration|timeout|length|size|url|uri|endpoint|name|names|version|ms|seconds|enabled|required|policy|algorithm|parameter|from)$/;

/** Numbers of tokens are no tokens. */
const COUNTS = /^(?:max|min|num|count|total)$/;

/** What a name says about its value. Words are parted by case, dots, dashes and underscores. */
export function nameKind(name: string): NameKind {
  if (!HINT.test(name)) return "none";
  if (KEY_VARIABLE.test(name.slice(-NAME_LENGTH))) return "strong";
  const words = wordsOf(name.slice(-NAME_LENGTH));
  const last = words.at(-1) ?? "";
  if (TELLS_OF.test(last) || COUNTS.test(words[0] ?? "")) return "none";
  let kind: NameKind = "none";
  for (const [at, word] of words.entries()) {
    const isKey = /^keys?$/.test(word) && KEY_OF.test(words[at - 1] ?? "");
    if (isKey || STRONG.test(word) || STRONG_END.test(word)) return "strong";
    if (WEAK.test(word) || WEAK_END.test(word)) kind = "weak";
  }
  return kind;
}

function wordsOf(name: string): readonly string[] {
  const parted = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2");
  return parted.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== "");
}

/** Whether a value says where a secret is: then it is not the secret. */
export function isReference(value: unknown): boolean {
  if (typeof value === "boolean" || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isListedReference(item) || isResourceText(item));
  if (typeof value !== "object") return isResourceText(value);
  const members = Object.values(value);
  return members.length > 0 && members.every(isResourceText);
}

function isResourceText(value: unknown): boolean {
  return typeof value === "string" && isResourceName(value);
}

/** `{name, valueFrom}`, as a container lists its secrets. */
function isListedReference(item: unknown): boolean {
  return typeof item === "object" && item !== null && "valueFrom" in item &&
    Object.keys(item).every((name) => name === "name" || name === "valueFrom");
}

const RESOURCE_NAME = /^[au]rn:[a-z][a-z-]{0,20}:[a-z0-9-]{1,40}:/;

/** Whether a text is, or begins with, the name of a resource, such as a URN. */
export function isResourceName(text: string): boolean {
  return RESOURCE_NAME.test(text.slice(0, NAME_LENGTH));
}
