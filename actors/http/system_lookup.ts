/**
 * Names as this machine resolves them.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import type { Lookup } from "./pinned_http.ts";

/** All addresses, in the order of the system. */
export const systemLookup: Lookup = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};
