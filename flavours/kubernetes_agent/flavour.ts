/**
 * The `kubernetes` flavour: plans as the Prefect Kubernetes agent does.
 *
 * @module
 */

import type { Flavour, Sample } from "../../schemas/contracts/flavour.ts";
import type { JsonObject } from "../../schemas/json/json.ts";
import type { KubernetesPlan } from "../../schemas/kubernetes/plan.ts";
import type { Hint } from "../../schemas/plan/run_plan.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";
import { withTenant } from "../../schemas/prefect1/config/settings.ts";
import { isInDocker } from "../../schemas/prefect1/docker_image.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { checkStorage } from "../../schemas/prefect1/storage_check.ts";
import { type JobInput, type PlannedJob, runJob } from "./job.ts";
import { oldJob, type OldJobInput } from "./old_job.ts";
import type { KubernetesOptions } from "./options.ts";
import {
  type AgentTemplate,
  agentTemplates,
  jobTemplate,
  namedTemplate,
  oldTemplate,
  prepareKubernetes,
  templateSource,
} from "./prepare.ts";
import { type KubernetesRun, readKubernetesRun } from "./run_config.ts";
import { runTemplate, runTemplateSource } from "./run_template.ts";
import { sampleEnvironment, sampleRun } from "./sample_run.ts";
import type { JobTemplate } from "./template.ts";
import { startWarnings } from "./warnings.ts";

/** The flavour of `kubernetes start`. @see Prefect 1.4.1 `prefect/agent/kubernetes/agent.py` */
export const kubernetesFlavour = {
  name: "kubernetes",
  startSources: (options) => agentTemplates(options).map(templateSource),
  prepare: prepareKubernetes,
  samples,
  warnings: startWarnings,
  registered: (options, { tenantId }) =>
    tenantId === null ? options : { ...options, settings: withTenant(options.settings, tenantId) },
  sources,
  plan,
} satisfies Flavour<KubernetesOptions, FlowRun, KubernetesPlan>;

/** The Jobs of a run without any wishes, made from the templates that the operator names. */
function samples(options: KubernetesOptions): readonly Sample<KubernetesPlan>[] {
  return agentTemplates(options).map((file) => {
    const template = file.option === "YAML_TEMPLATE" ? options.oldJobs.template : options.template;
    return {
      from: `the job template ${file.path} (${file.option})`,
      plan: samplePlan(file, template, options),
    };
  });
}

/** The plan of a run without any wishes, made from a template of the agent. */
export function samplePlan(
  { option }: Pick<AgentTemplate, "option">,
  template: JobTemplate,
  options: KubernetesOptions,
): KubernetesPlan {
  if (option !== "YAML_TEMPLATE") {
    const run = sampleRun(null);
    return planNew({ run, config: readConfig(run), options, template });
  }
  return planOld({ run: sampleRun(sampleEnvironment), environment: sampleEnvironment, options, template });
}

/** Flows with an environment of Prefect 0.x and without a run config are run as 0.15 ran them; null: the flow is none of these. */
function oldEnvironment({ runConfig, flow: { environment } }: FlowRun): JsonObject | null {
  return runConfig === null ? environment : null;
}

function readConfig(run: FlowRun): KubernetesRun {
  const config = readKubernetesRun(run);
  checkStorage(run);
  return config;
}

function sources(run: FlowRun, options: KubernetesOptions, readings: Readings): readonly Source[] {
  if (oldEnvironment(run) !== null) return sourcesOf(oldTemplate(options));
  const config = readConfig(run);
  const own = runTemplateSource(run, config);
  if (own === undefined) return sourcesOf(jobTemplate(options));
  if (readings[own.key] === undefined) return [own];
  // An empty one counts as none.
  return runTemplate(run, config, readings) === undefined ? [own, ...sourcesOf(jobTemplate(options))] : [own];
}

function sourcesOf(file: AgentTemplate | undefined): readonly Source[] {
  return file === undefined ? [] : [templateSource(file)];
}

function plan(run: FlowRun, options: KubernetesOptions, readings: Readings): KubernetesPlan {
  const environment = oldEnvironment(run);
  if (environment !== null) {
    const template = currentTemplate(oldTemplate(options), options.oldJobs.template, readings);
    return planOld({ run, environment, options, template });
  }
  const config = readConfig(run);
  const template = runTemplate(run, config, readings) ??
    currentTemplate(jobTemplate(options), options.template, readings);
  return planNew({ run, config, options, template });
}

/** As it was read for this run; what has become unreadable leaves that of the start in force. */
function currentTemplate(
  file: AgentTemplate | undefined,
  otherwise: JobTemplate,
  readings: Readings,
): JobTemplate {
  if (file === undefined) return otherwise;
  const read = namedTemplate(file, readings[templateSource(file).key]);
  return "problem" in read ? otherwise : read;
}

function planOld(input: OldJobInput): KubernetesPlan {
  return toPlan(oldJob(input), input, []);
}

function planNew(input: JobInput): KubernetesPlan {
  const warnings = input.config.image === null || !isInDocker(input.run)
    ? []
    : ["Ignored image of the run config: the flow is stored in an image of its own (Docker storage)"];
  return toPlan(runJob(input), input, warnings);
}

function toPlan(
  { replaced, ...planned }: PlannedJob,
  { template, options: { cluster: { namespace } } }: Pick<JobInput, "template" | "options">,
  warnings: readonly string[],
): KubernetesPlan {
  const { from, name } = template.source;
  const hints: readonly Hint[] = replaced === undefined
    ? []
    : [{ key: `args of ${from} ${name}: ${replaced}`, text: replaced }];
  return {
    ...planned,
    namespace,
    isDiscreet: template.isDiscreet,
    warnings,
    hints,
    notes: [],
  };
}
