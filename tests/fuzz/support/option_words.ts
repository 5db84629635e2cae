/** Every option of every subcommand, as it is typed. @module */

import { SUBCOMMANDS } from "../../../commands/cli/subcommands.ts";

/** With two dashes; those that take a value and those that do not. */
export const EVERY_OPTION: readonly string[] = SUBCOMMANDS.flatMap((
  { options, pairs = [] },
) => [...options, ...pairs])
  .map(({ name }) => `--${name}`);
