/**
 * The rows of every subcommand, gathered from the flavours.
 *
 * @module
 */

import type { CommandSpecs } from "./command.ts";
import { ecsOptionSpecs } from "./ecs_option_specs.ts";
import { fargateOptionSpecs, fargatePairSpecs } from "./fargate.ts";
import { taskEnvironmentOptionSpecs } from "./options.ts";
import { taskEnvironmentPairSpecs } from "./task_environment_pairs.ts";

/**
 * What the command line of this program knows. The options of the `fargate` flavour are rows of its pairs: each may be
 * written with dashes or underscores, with `=` or a blank (F-LAUNCH-DASH, F-CLI-NO-EQ).
 */
export const COMMAND_SPECS: CommandSpecs = {
  ecs: { options: ecsOptionSpecs, pairs: null },
  fargate: { options: [], pairs: [...fargateOptionSpecs, ...fargatePairSpecs] },
  taskEnvironment: { options: taskEnvironmentOptionSpecs, pairs: taskEnvironmentPairSpecs },
};
