/**
 * The version of this program.
 *
 * @module
 */

/** As in `deno.json`; a test compares the two. */
export const AGENT_VERSION = "0.1.0";
