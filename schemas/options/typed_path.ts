/**
 * Paths that the operator types: from which folder they count, `~` and `file://`. What a flow run names is no typed path.
 *
 * @module
 */

import { resolve } from "node:path";

/** Where a command was typed. */
export interface TypingPlace {
  /** Absolute; relative paths count from it. */
  readonly folder: string;
  /** The home folder, empty where none is known. */
  readonly home: string;
}

/** Finds the absolute path of a path that the operator typed; an empty one stays empty. */
export type Locate = (typed: string) => string;

/** What the folder is found from; both folders without symbolic links. */
export interface FolderSources {
  readonly env: Readonly<Record<string, string>>;
  /** The working folder of this process. */
  readonly working: string;
  /** The folder of the program, where `main.ts` lies. */
  readonly own: string;
}

/**
 * The folder where a command was typed. `deno task` changes to the folder of the program and keeps the other in `INIT_CWD`.
 * Other tools set `INIT_CWD` too, and processes inherit it, so elsewhere it says nothing.
 */
export function typingFolder({ env, working, own }: FolderSources): string {
  const initial = env["INIT_CWD"];
  return working === own && initial?.startsWith("/") ? initial : working;
}

/** The absolute path of a path as it was typed; an empty path stays empty. */
export function absolutePath(typed: string, { folder, home }: TypingPlace): string {
  const path = withoutFileScheme(typed);
  if (path === "") return "";
  if (home !== "" && /^~(\/|$)/.test(path)) return resolve(home, `.${path.slice(1)}`);
  return resolve(folder, path);
}

/**
 * A path without `file:`. Of `file://HOST/PATH` the host is dropped, as Prefect does, but for hosts that begin a path:
 * `file://~/k.yaml`, `file://./k.yaml`, and `file://k.yaml`.
 */
export function withoutFileScheme(typed: string): string {
  const [whole, host = "", path = ""] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(typed) ?? [];
  if (whole === undefined) return typed;
  return path === "" || /^(~|\.{1,2})$/.test(host) ? host + path : path;
}
