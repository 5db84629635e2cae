/**
 * Paths of templates as Prefect writes them: a local path, or a URL whose scheme says where the file is.
 *
 * @module
 */

import { fileSource, httpSource, type PlaceSource, s3Source } from "./place_source.ts";

/** What a path names, or why it names nothing. */
export type ParsedPath =
  | {
    readonly source: PlaceSource;
    /** Lower case; `file` for a plain path and for `local:`. */
    readonly scheme: string;
  }
  | { readonly problem: string };

/** What stands in a message after a scheme was refused. */
const ACCEPTED = "a local path, file://, local://, agent://, s3://bucket/key, http:// or https://";

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** Scheme, host and path; query and fragment are dropped, nothing is decoded. */
const URL_PARTS = /^[^:]*:(?:\/\/([^/?#]*))?([^?#]*)/;

/**
 * Finds what a template path names.
 *
 * A plain path is taken literally. Of a URL the host part of local schemes is dropped (`agent://a/b` is `/b`), and so is
 * the query of an S3 URL.
 *
 * @see recorded: init/taskdef-agent-scheme-two-slashes (Q-URL-HOST), init/taskdef-s3-upper-bucket-and-query (Q-S3-QUERY)
 */
export function parseSourcePath(path: string): ParsedPath {
  const scheme = SCHEME.exec(path)?.[1]?.toLowerCase();
  if (scheme === undefined) return { scheme: "file", source: fileSource(path) };
  const [, host = "", rest = ""] = URL_PARTS.exec(path) ?? [];
  switch (scheme) {
    case "file":
    case "local":
      return { scheme: "file", source: fileSource(rest) };
    case "agent":
      return { scheme, source: fileSource(rest) };
    case "http":
    case "https":
      return { scheme, source: httpSource(path) };
    case "s3":
      return s3Path(path, host, rest.replace(/^\/+/, ""));
    case "gs":
    case "gcs":
      return {
        problem: `Cannot read ${shownPath(path)}: Google Cloud Storage is not supported; use ${ACCEPTED}`,
      };
    default:
      return { problem: `Unsupported file scheme ${shownPath(path)}; use ${ACCEPTED}` };
  }
}

function s3Path(path: string, bucket: string, key: string): ParsedPath {
  if (bucket === "" || key === "") {
    return { problem: `Cannot read ${shownPath(path)}: an S3 path is s3://bucket/key` };
  }
  return { scheme: "s3", source: s3Source(bucket, key) };
}

/** A path as it may be printed: without a user and password, and without the query of a (perhaps signed) URL. */
export function shownPath(path: string): string {
  if (!/^https?:/i.test(path)) return path;
  return path.replace(/^([^:]*:\/\/)[^/?#]*@/, "$1").replace(/[?#].*$/, "");
}
