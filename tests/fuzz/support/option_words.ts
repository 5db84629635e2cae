/** Every option of every subcommand, as it is typed. @module */

import { COMMAND_SPECS } from "../../../commands/cli/command_rows.ts";
import {
  commonOptionSpecs,
  explainOptionSpecs,
  foreignOptionSpecs,
  oldSpellingOptionSpecs,
  sandboxOptionSpecs,
  taskEnvironmentOptionSpecs,
} from "../../../commands/cli/common_options.ts";

const { ecs, fargate, taskEnvironment } = COMMAND_SPECS;

/** With two dashes; those that take a value and those that do not. */
export const EVERY_OPTION: readonly string[] = [
  ...commonOptionSpecs,
  ...oldSpellingOptionSpecs,
  ...foreignOptionSpecs,
  ...explainOptionSpecs,
  ...taskEnvironmentOptionSpecs,
  ...sandboxOptionSpecs,
  ...ecs.options,
  ...fargate.pairs ?? [],
  ...taskEnvironment.pairs ?? [],
].map(({ name }) => `--${name}`);
