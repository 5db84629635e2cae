/**
 * What of an environment is secret.
 *
 * @module
 */

import type { KnownTexts } from "./known_secrets.ts";
import { isReference, nameKind } from "./secret_names.ts";

/** An id beside a key is hidden only when it is long enough to be one that somebody was given. */
const LONG_ID = 16;

/** Values of variables with a secret name, passwords of addresses, and what environments within the environment hold. */
export function environmentSecrets(env: Readonly<Record<string, string>>): KnownTexts {
  const entries = Object.entries(env);
  return {
    credentials: [
      ...entries.filter(([name, value]) => isCredential(name, value)).map(([, value]) => value),
      ...entries.flatMap(([, value]) => passwordsIn(value)),
    ],
    values: entries.flatMap(([name, value]) => structured(name, value)),
  };
}

function isCredential(name: string, value: string): boolean {
  // Shells keep the working folder there, and messages about files name it.
  if (/^(?:OLD)?PWD$/.test(name) && value.startsWith("/")) return false;
  const kind = nameKind(name);
  if (isStructure(value) || isReference(value)) return false;
  if (kind === "none" || (/_id$/i.test(name) && value.length < LONG_ID)) return false;
  // The credentials of some programs are in a file that a variable names.
  return kind === "strong" || !/^[~.]?\//.test(value);
}

function passwordsIn(value: string): readonly string[] {
  const given = /\/\/[^/\s:@]{0,256}:([^/\s@]{1,1024})@/.exec(value)?.[1];
  return given === undefined ? [] : [given, unescaped(given)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A list or a dictionary holds names and references beside secrets. */
function isStructure(value: string): boolean {
  return /^\s*[[{]/.test(value);
}

/**
 * Variables such as `PREFECT__CLOUD__AGENT__ENV_VARS` hold an environment of their own, and a structure with a secret name may
 * hold secrets beside references.
 */
function structured(name: string, value: string): readonly string[] {
  const isSecret = nameKind(name) !== "none" && isStructure(value);
  if (!isSecret && !/env_?vars$/i.test(name)) return [];
  const texts = [...value.matchAll(/["']\s*:\s*["']([^"']+)["']/g)].map((match) => match[1] ?? "");
  return texts.filter((text) => !isSecret || !isReference(text));
}
