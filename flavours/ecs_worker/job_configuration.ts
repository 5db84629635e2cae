/**
 * What template, deployment, flow run, blocks and variables make together: the configuration of one job, before the two
 * requests to ECS are made of it.
 *
 * @module
 */

import type { AccountPlan } from "../../schemas/ecs/account/account_plan.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { StatedSources } from "./stated_sources.ts";

/** Something that the user should be told once per deployment, content and process. */
export interface RunWarning {
  /** The same for two runs that should lead to one line. */
  readonly key: string;
  /** What has no effect, why, and what to do; never a value of a variable, block or environment. */
  readonly text: string;
}

/** The members that `job_configuration` of a base job template has, with every placeholder filled in. */
export interface JobConfiguration {
  /** Words of the command; null: none was given. */
  readonly command: readonly string[] | null;
  /** Variables of the container, complete and in the order in which they are sent. */
  readonly env: Readonly<Record<string, string>>;
  /** Labels before they are cleaned, the worker's own first. */
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the job, for messages. */
  readonly name: string | null;
  /** `task_definition`, members as given; AWS's types are not enforced yet. */
  readonly taskDefinition: JsonObject;
  /** `task_run_request`, likewise. */
  readonly taskRunRequest: JsonObject;
  readonly configureCloudwatchLogs: boolean | null;
  readonly cloudwatchLogsOptions: JsonObject;
  readonly cloudwatchLogsPrefix: string | null;
  readonly networkConfiguration: JsonObject;
  readonly taskStartTimeoutSeconds: number | null;
  readonly autoDeregisterTaskDefinition: boolean;
  readonly vpcId: string | null;
  readonly containerName: string | null;
  readonly cluster: string | null;
  readonly matchLatestRevisionInFamily: boolean;
  readonly apiKeySecretArn: string | null;
  readonly authStringSecretArn: string | null;
  readonly executionRoleArn: string | null;
  /** Null: the worker's own account. */
  readonly account: AccountPlan | null;
  /** Where values came from. Made when it is asked for. */
  readonly sources: () => StatedSources;
  readonly warnings: readonly RunWarning[];
}
