/**
 * The one redactor of this program: hides secrets in what people and programs outside may see, by the names of members, by
 * what texts look like, and by the values that this process knows to be secret.
 *
 * @module
 */

import type { Json } from "../json/json.ts";
import { hideSecrets } from "./hide_text.ts";
import { type FindKnown, knownSecrets, type KnownTexts } from "./known_secrets.ts";
import { byName, DEEPEST, isNothing, isPair, kindOf, plain, type View } from "./plain_json.ts";
import { remembered } from "./remembered.ts";
import { secretsIn } from "./secrets_in.ts";
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
  /** From now on these are hidden as well. */
  readonly learn: (texts: Partial<KnownTexts>) => void;
  /**
   * Hides in a text also what would be hidden in a request: for answers that may quote what was sent.
   *
   * @param isPublic says of variables, by name, that their values may be shown
   */
  readonly quoted: (text: string, sent: unknown, isPublic?: (name: string) => boolean) => string;
}

/** Takes the next piece of a text. */
export type PutText = (piece: string) => void;

/** Number of known credentials, and of other values: beyond it the oldest are forgotten, which have expired. */
const KNOWN = 512;

/** @param first what is secret in every place */
export function makeRedactor(first: Partial<KnownTexts> = {}): Redactor {
  const credentials = new Set<string>();
  const values = new Set<string>();
  let made: Hiding | null = null;
  const learn: Redactor["learn"] = (texts) => {
    const isNew = [keep(credentials, texts.credentials), keep(values, texts.values)].includes(true);
    if (isNew) made = null;
  };
  learn(first);
  const hiding = (): Hiding => made ??= makeHiding(knownSecrets({ credentials, values }));
  const writeJson: Redactor["writeJson"] = (value, put) => hiding().write(value, 0, put);
  return {
    text: (text) => hiding().text(text),
    json: (value) => plain(value, { text: hiding().text, hidden: () => HIDDEN }, 0),
    jsonText: (value) => joined(value, writeJson),
    writeJson,
    learn,
    quoted: (text, sent, isPublic = () => false) => {
      const known = knownSecrets({ credentials: [], values: secretsIn(sent, isPublic) });
      return hiding().text(known === null ? text : hideSecrets(text, known));
    },
  };
}

/** Tells whether any of the texts is new. */
function keep(known: Set<string>, texts: Iterable<string> = []): boolean {
  let isNew = false;
  for (const text of texts) {
    for (const form of [text, text.trim()]) {
      isNew ||= !known.has(form);
      known.add(form);
    }
  }
  for (const oldest of known) {
    if (known.size <= KNOWN) break;
    known.delete(oldest);
  }
  return isNew;
}

/** How texts and JSON are hidden while nothing more is learned. */
interface Hiding {
  readonly text: HideText;
  readonly write: Write;
}

function makeHiding(known: FindKnown | null): Hiding {
  const text = remembered((value) => hideSecrets(value, known));
  return { text, write: makeWriter(text) };
}

type HideText = (text: string) => string;

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
  const view: View = { text, hidden: () => HIDDEN };
  const shared = new Map<object, string>();
  const write: Write = (value, depth, put) => {
    if (typeof value === "string") put(quoted(value));
    else if (value === null || typeof value === "boolean") put(String(value));
    else if (typeof value === "number") put(Number.isFinite(value) ? String(value) : "null");
    else if (typeof value !== "object") put(JSON.stringify(plain(value, view, depth)));
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
    if (!isPlain(value) || depth >= DEEPEST) return put(JSON.stringify(plain(value, view, depth)));
    let isFirst = true;
    for (const name in value) {
      const member = value[name];
      if (isNothing(name, member)) continue;
      const { kind, first, next } = memberNamed(name);
      put(isFirst ? first : next);
      isFirst = false;
      if (kind === "plain") write(member, depth + 1, put);
      else put(JSON.stringify(byName(name, member, view, depth)));
    }
    put(isFirst ? "{}" : "}");
  };
  return write;
}

/** Neither of a class nor a list, nor one half of the pairs that environments are made of. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(value) === Object.prototype && !isPair(value);
}
