/**
 * `prefect backend …` and `prefect auth login …`, as service definitions chain them in front of the agent.
 *
 * @module
 */

import { readConfigFile } from "../actors/files/read_config_file.ts";
import { usageError } from "../schemas/options/usage_error.ts";
import { chainedAnswer, type ChainedSetting } from "../schemas/prefect1/config/chained_setting.ts";
import type { Io } from "./wiring/io.ts";

/**
 * Says that the setting is there already.
 *
 * @returns the exit code 0
 * @throws {FailureError} `usage` where it is not: nothing is saved
 */
export function confirmSetting(setting: ChainedSetting, io: Io): number {
  const { agrees, line } = chainedAnswer(setting, {
    env: io.env,
    readText: (path) => readConfigFile(io.locate(path)),
  });
  if (!agrees) throw usageError(line);
  io.write(line);
  return 0;
}
