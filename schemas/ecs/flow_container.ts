/**
 * The container that runs the flow.
 *
 * @module
 */

/** Its name in every task definition; other containers of a definition run beside it. */
export const FLOW_CONTAINER = "flow";
