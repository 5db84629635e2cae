/**
 * Bugs on purpose, to prove that the checker finds them. They are wrapped around an agent's effects, here and nowhere else.
 *
 * @module
 */

/** Names of the bugs. */
export const PLANTS = ["freshToken"] as const;

/** A bug. */
export type Plant = typeof PLANTS[number];
