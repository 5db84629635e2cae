/**
 * The files of the inspector's page, embedded: the compiled binary carries them, nothing is read from disk.
 *
 * @module
 */

import html from "./page/index.html" with { type: "text" };

/** One file of the page. */
export interface PageAsset {
  /** Media type with charset. */
  readonly type: string;
  readonly body: string;
}

/** By path below the root; `/` is the page itself. */
export const pageAssets: ReadonlyMap<string, PageAsset> = new Map([
  ["/", { type: "text/html; charset=utf-8", body: html }],
]);
