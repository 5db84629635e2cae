/**
 * Where a command reads its configuration from.
 *
 * @module
 */

import { readConfigFile } from "../../actors/files/read_config_file.ts";
import type { Io } from "./io.ts";
import type { FlavourSources } from "./open_flavour.ts";

/** Environment and files of this machine; a relative path counts from where the command was typed. */
export function configSources({ env, locate }: Pick<Io, "env" | "locate">): FlavourSources {
  return { env, readText: (path) => readConfigFile(locate(path)), locate };
}
