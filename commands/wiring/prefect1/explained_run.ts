/**
 * The flow run that `explain ecs` and `explain fargate` show: one of the API by its id, or one of a file.
 *
 * @module
 */

import { readNamedFile } from "../../../actors/files/read_named_file.ts";
import { makeUnregisteredClient } from "../../../actors/prefect1/client.ts";
import { readFlowRun } from "../../../actors/prefect1/read_flow_run.ts";
import type { OptionValues } from "../../../schemas/options/option.ts";
import { pathOf, textOf } from "../../../schemas/options/option_value.ts";
import { usageError } from "../../../schemas/options/usage_error.ts";
import { requireCredential } from "../../../schemas/prefect1/config/resolve_settings.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { parseFlowRunFile } from "../../../schemas/prefect1/flow_run_file.ts";
import type { AskedRun, RunReader } from "../dialect.ts";

type ClientDeps = Parameters<typeof makeUnregisteredClient>[0];

/** @throws {FailureError} `usage` unless exactly one option says which run; `configuration` without an API key */
export function explainedRun({ values, locate }: AskedRun, deps: ClientDeps): RunReader<FlowRun> {
  const { id, file } = askedOf(values);
  if (id !== null) requireCredential(deps.settings);
  return {
    asksApi: id !== null,
    run: async (signal) => {
      if (id !== null) return await readFlowRun(id, makeUnregisteredClient(deps), signal);
      const path = file ?? "";
      const named = {
        option: "--flow-run-file",
        path,
        told: (shown: string) => `the flow run in ${shown} (--flow-run-file)`,
      };
      return parseFlowRunFile(await readNamedFile(named, locate), path);
    },
    // Nothing that a plan depends on is kept by the API.
    readSource: () => null,
    close: () => undefined,
  };
}

function askedOf(values: OptionValues): { readonly id: string | null; readonly file: string | null } {
  const id = textOf(values, "flow-run");
  const file = pathOf(values, "flow-run-file");
  if ((id === null) !== (file === null)) return { id, file };
  throw usageError("Say which flow run to explain by one of --flow-run ID and --flow-run-file PATH");
}
