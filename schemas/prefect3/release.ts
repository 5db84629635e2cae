/**
 * The release of Prefect that this program stands for.
 *
 * @module
 */

/** In tags of tasks (`prefect.io/version`) and in the user agent. */
export const PREFECT_RELEASE = "3.9.1";

/** Version of the API that its requests are made for. */
export const API_VERSION = "0.8.4";

/** Servers read the release from a user agent of exactly this form. */
export const USER_AGENT = `prefect/${PREFECT_RELEASE} (API ${API_VERSION})`;
