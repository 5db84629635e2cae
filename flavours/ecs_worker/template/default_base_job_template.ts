/**
 * The base job template that a work pool is created with.
 *
 * @see prefect-aws 0.7.12: the same variables, types, defaults and placeholders; recorded:
 * tests/golden/prefect3/default_base_job_template.json
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { definitions } from "./definitions.ts";
import { properties } from "./variables.ts";

const jobConfiguration: JsonObject = {
  command: "{{ command }}",
  env: "{{ env }}",
  labels: "{{ labels }}",
  name: "{{ name }}",
  aws_credentials: "{{ aws_credentials }}",
  task_definition: {
    containerDefinitions: [{ image: "{{ image }}", name: "{{ container_name }}" }],
    cpu: "{{ cpu }}",
    executionRoleArn: "{{ execution_role_arn }}",
    family: "{{ family }}",
    memory: "{{ memory }}",
  },
  task_run_request: {
    capacityProviderStrategy: "{{ capacity_provider_strategy }}",
    cluster: "{{ cluster }}",
    launchType: "{{ launch_type }}",
    overrides: {
      containerOverrides: [
        {
          command: "{{ command }}",
          cpu: "{{ cpu }}",
          environment: "{{ env }}",
          memory: "{{ memory }}",
          name: "{{ container_name }}",
        },
      ],
      cpu: "{{ cpu }}",
      memory: "{{ memory }}",
      taskRoleArn: "{{ task_role_arn }}",
    },
    tags: "{{ labels }}",
    taskDefinition: "{{ task_definition_arn }}",
  },
  configure_cloudwatch_logs: "{{ configure_cloudwatch_logs }}",
  cloudwatch_logs_options: "{{ cloudwatch_logs_options }}",
  cloudwatch_logs_prefix: "{{ cloudwatch_logs_prefix }}",
  network_configuration: "{{ network_configuration }}",
  stream_output: false,
  task_start_timeout_seconds: 0,
  task_watch_poll_interval: 0,
  auto_deregister_task_definition: "{{ auto_deregister_task_definition }}",
  vpc_id: "{{ vpc_id }}",
  container_name: "{{ container_name }}",
  cluster: "{{ cluster }}",
  match_latest_revision_in_family: "{{ match_latest_revision_in_family }}",
  prefect_api_key_secret_arn: "{{ prefect_api_key_secret_arn }}",
  prefect_api_auth_string_secret_arn: "{{ prefect_api_auth_string_secret_arn }}",
  execution_role_arn: "{{ execution_role_arn }}",
};

/** As `POST /work_pools/` takes it. */
export const defaultBaseJobTemplate: JsonObject = {
  job_configuration: jobConfiguration,
  variables: { type: "object", properties, definitions },
};
