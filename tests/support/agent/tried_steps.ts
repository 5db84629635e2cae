/** Steps of which nothing is told. @module */

import type { TriedSteps } from "../../../agent/tried_steps.ts";

export const SILENT_STEPS: TriedSteps = {
  begun: () => undefined,
  failureOf: () => null,
  failed: () => undefined,
  paused: () => undefined,
  over: () => undefined,
  left: () => undefined,
  stop: () => undefined,
};
