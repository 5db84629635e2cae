/**
 * Clock and random numbers of this machine, for the commands that compose a program.
 *
 * @module
 */

import { systemClock } from "../../actors/time/system_clock.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";

/** The real clock and real random numbers. */
export const systemPorts: { readonly clock: Clock; readonly random: Random } = {
  clock: systemClock,
  random: Math.random,
};
