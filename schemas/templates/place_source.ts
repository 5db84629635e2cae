/**
 * The places that templates are read from: files, objects in S3, pages of the web.
 *
 * @module
 */

import type { Source } from "../plan/source.ts";

/** A file on this machine; `path` is absolute or relative to the working folder. */
export interface FileSource extends Source {
  readonly kind: "file";
  readonly path: string;
}

/** An object in S3. */
export interface S3Source extends Source {
  readonly kind: "s3";
  readonly bucket: string;
  /** Its key in the bucket. */
  readonly object: string;
}

/** A page of the web. */
export interface HttpSource extends Source {
  readonly kind: "http";
  readonly url: string;
}

/** A text that a run brings along, which is read like those that it names. */
export interface GivenSource extends Source {
  readonly kind: "given";
  readonly text: string;
}

/** A place that holds a template. */
export type PlaceSource = FileSource | S3Source | HttpSource;

/** Whether a source is such a place. */
export function isPlaceSource(source: Source): source is PlaceSource {
  return source.kind === "file" || source.kind === "s3" || source.kind === "http";
}

/** The source that is a file. */
export function fileSource(path: string): FileSource {
  return { kind: "file", key: `file:${path}`, path };
}

/** The source that is an object in S3. */
export function s3Source(bucket: string, object: string): S3Source {
  return { kind: "s3", key: `s3://${bucket}/${object}`, bucket, object };
}

/** The source that is a page of the web. */
export function httpSource(url: string): HttpSource {
  return { kind: "http", key: url, url };
}

/** The source that is a text. @param name tells it apart from others */
export function givenSource(name: string, text: string): GivenSource {
  return { kind: "given", key: `given:${name}`, text };
}

/** Whether a source is a text that is there already. */
export function isGivenSource(source: Source): source is GivenSource {
  return source.kind === "given";
}

/** An object of S3. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

/** An S3 object's bytes, or why there are none. */
export type S3Object =
  | { readonly found: true; readonly bytes: Uint8Array }
  | { readonly found: false; readonly message: string };

/** Reads an object of S3. @throws {FailureError} what is refused, or may go away by itself */
export type ReadS3Object = (place: S3Place, signal: AbortSignal) => Promise<S3Object>;
