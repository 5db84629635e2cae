/**
 * The labels and annotations by which Jobs and pods of flow runs are known.
 *
 * @module
 */

/** Label of the Python agents: the same on a Job and its pods, another for each Job. All Jobs of agents have it. */
export const IDENTIFIER_LABEL = "prefect.io/identifier";

/** Label of the Python agents with the id of the flow run, on Job and pods. */
export const FLOW_RUN_LABEL = "prefect.io/flow_run_id";

/** Label of the Python agents with the id of the flow, on Job and pods. */
export const FLOW_LABEL = "prefect.io/flow_id";

/** Labels and annotations of this agent's own begin so. */
const OWN_PREFIX = "prefect.io/agent-";

/** Annotation of Job and pods: name of the container that runs the flow. Jobs of Python agents have none: there it is the first. */
export const CONTAINER_ANNOTATION = `${OWN_PREFIX}container`;

/** Annotation of a Job: the token of the launch that made it, which tells launches of one run apart. */
export const TOKEN_ANNOTATION = `${OWN_PREFIX}token`;
