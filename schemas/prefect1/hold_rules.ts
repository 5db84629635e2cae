/**
 * How Prefect 1 lets a process take over a claim from another.
 *
 * @module
 */

import type { HoldRules } from "../contracts/orchestrator.ts";

/**
 * Prefect Server refuses a Submitted state for 30 s after the one before it, from every sender. An API that goes on refusing
 * beyond two such times lets no process take a claim over.
 */
export const PREFECT1_HOLD_RULES: HoldRules = { guardMs: 30_000, refusalMs: 75_000 };
