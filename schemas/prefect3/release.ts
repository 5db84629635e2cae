/**
 * The release of Prefect that this program stands for.
 *
 * @module
 */

/** In tags of tasks (`prefect.io/version`) and in the user agent. */
export const PREFECT_RELEASE = "3.9.1";
