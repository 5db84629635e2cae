/**
 * Clock and random numbers of this machine, for the commands that compose a program.
 *
 * @module
 */

import { systemClock } from "../../actors/time/system_clock.ts";
import { systemFiles } from "../../actors/files/read_regular_file.ts";
import { systemLookup } from "../../actors/http/system_lookup.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import type { RunReaders } from "./platform.ts";

/** The real clock and real random numbers. */
export const systemPorts: { readonly clock: Clock; readonly random: Random } = {
  clock: systemClock,
  random: Math.random,
};

/** What reads the sources that runs name on this machine. @param http knows which authorities the user trusts */
export function systemReaders({ caCerts }: { readonly caCerts: readonly string[] }): RunReaders {
  return { files: systemFiles, lookup: systemLookup, caCerts };
}
