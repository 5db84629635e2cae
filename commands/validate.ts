/**
 * `fargate validate`: registers and runs a small task with the given options.
 *
 * @module
 */

import { checkPlan } from "../actors/ecs/check_plan.ts";
import { checkSamples } from "../agent/prepare_options.ts";
import { fargateFlavour } from "../flavours/fargate_agent/flavour.ts";
import { makeLog } from "../actors/observability/log.ts";
import { readConfigFile } from "../actors/files/read_config_file.ts";
import { validateConfiguration } from "./wiring/fargate/validate_configuration.ts";
import { systemClock } from "../actors/time/system_clock.ts";
import type { Command } from "./cli/command.ts";
import { fargateRelease, parseFargateOptions } from "../flavours/fargate_agent/options.ts";
import { withAws } from "./wiring/ecs/aws_session.ts";
import { awsOptionsOf } from "./wiring/fargate/aws_options.ts";
import type { Io } from "./wiring/io.ts";
import { prefect1Settings } from "./wiring/prefect1/dialect.ts";

/**
 * Runs the self-test.
 *
 * @returns the exit code 0
 * @throws {FailureError} what is wrong with the options, or what AWS refused
 */
export async function validate(command: Extract<Command, { kind: "validate" }>, io: Io): Promise<number> {
  const { values } = command;
  const settings = prefect1Settings(fargateRelease, {
    values,
    env: io.env,
    readText: (path) => readConfigFile(io.locate(path)),
  });
  const parsed = parseFargateOptions({ ...command, env: io.env }, settings);
  const options = fargateFlavour.prepare(parsed, {});
  checkSamples(fargateFlavour.samples(options), checkPlan);
  const { logLevel: level, logFormat: format, name } = settings;
  const log = makeLog({ write: io.shown.line, redact: io.redact, clock: systemClock, level, format, name });
  for (const warning of [...command.warnings, ...options.warnings]) log("WARNING", warning);
  await withAws({ given: awsOptionsOf(options), io, log }, async ({ aws, pause }) => {
    const deps = { ecs: aws.ecs, pause, newUuid: () => crypto.randomUUID(), log };
    await validateConfiguration(options, deps, io.signal);
  });
  return 0;
}
