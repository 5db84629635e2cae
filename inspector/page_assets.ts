/**
 * The files of the inspector's page, embedded: the compiled binary carries them, nothing is read from disk. The script is
 * made by `deno task build:page`.
 *
 * @module
 */

import html from "./page/index.html" with { type: "text" };
import style from "./page/page.css" with { type: "text" };
import script from "./page/page.js" with { type: "text" };

/** One file of the page. */
export interface PageAsset {
  /** Media type with charset. */
  readonly type: string;
  readonly body: string;
}

/** By path below the root; `/` is the page itself. */
export const pageAssets: ReadonlyMap<string, PageAsset> = new Map([
  ["/", { type: "text/html; charset=utf-8", body: html }],
  ["/page.css", { type: "text/css; charset=utf-8", body: style }],
  ["/page.js", { type: "text/javascript; charset=utf-8", body: script }],
]);
