/**
 * What a plan depends on and an actor must read first, and what reading it gave.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/** Something a plan depends on and an actor must read first. */
export type Source =
  /** A file on this machine; `path` is absolute or relative to the working folder. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly key: string }
  | { readonly kind: "http"; readonly url: string }
  /** A task definition that is registered, by what the user calls it. Reading: `json`; a missing one is thrown as `refused`. */
  | { readonly kind: "taskDefinition"; readonly name: string }
  /** The network that tasks get by default. Reading: `json`; where there is none, `configuration` is thrown. */
  | { readonly kind: "defaultNetwork" };

/** What reading a {@link Source} gave. Absent objects are results; refusals are thrown as failures. */
export type Reading =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly value: JsonObject }
  /** S3: no such key or bucket. File: no such file. */
  | { readonly kind: "absent"; readonly message: string };

/** Reads one source. */
export type ReadSource = (source: Source, signal: AbortSignal) => Promise<Reading>;

/** Readings by {@link sourceKey}. */
export type Readings = Readonly<Record<string, Reading>>;

/** Stable text that names a source, e.g. `s3://bucket/key`, `file:///x/y`, `taskDefinition:fam:3`. */
export function sourceKey(source: Source): string {
  switch (source.kind) {
    case "file":
      return `file:${source.path}`;
    case "s3":
      return `s3://${source.bucket}/${source.key}`;
    case "http":
      return source.url;
    case "taskDefinition":
      return `taskDefinition:${source.name}`;
    case "defaultNetwork":
      return "defaultNetwork";
  }
}
