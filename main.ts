/**
 * Entry point: reads argv and environment, hands over to one subcommand, turns failures into exit codes.
 *
 * @module
 */

import { processIo, runCommand } from "./commands/dispatch.ts";

if (import.meta.main) Deno.exit(await runCommand(Deno.args, processIo(Deno.env.toObject())));
