/**
 * The rows of every subcommand, gathered from the flavours.
 *
 * @module
 */

import type { CommandSpecs } from "./command.ts";
import { ecsOptionSpecs } from "../../flavours/ecs_agent/option_rows.ts";
import { fargateOptionSpecs, fargatePairSpecs } from "../../flavours/fargate_agent/options.ts";
import { taskEnvironmentOptionSpecs } from "./common_options.ts";
import { taskEnvironmentPairSpecs } from "../../flavours/task_environment/kwarg_rows.ts";

/**
 * What the command line of this program knows. The options of the `fargate` flavour are rows of its pairs: each may be
 * written with dashes or underscores, with `=` or a blank (F-LAUNCH-DASH, F-CLI-NO-EQ).
 */
export const COMMAND_SPECS: CommandSpecs = {
  ecs: { options: ecsOptionSpecs, pairs: null },
  fargate: { options: [], pairs: [...fargateOptionSpecs, ...fargatePairSpecs] },
  taskEnvironment: { options: taskEnvironmentOptionSpecs, pairs: taskEnvironmentPairSpecs },
};
