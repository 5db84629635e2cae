/**
 * The calls that following needs.
 *
 * @module
 */

import type { KubeCalls } from "../requests/calls.ts";

export type { KubeQuery } from "../requests/calls.ts";

/** Reads, each in its turn. */
export type PacedReads = Pick<KubeCalls, "list" | "watch">;
