/**
 * The `kubernetes` flavour: plans as the Prefect Kubernetes agent does.
 *
 * @module
 */

import type { Flavour, Sample } from "../../schemas/contracts/flavour.ts";
import type { KubernetesPlan } from "../../schemas/kubernetes/plan.ts";
import type { Hint } from "../../schemas/plan/run_plan.ts";
import type { Readings, Source } from "../../schemas/plan/source.ts";
import { withTenant } from "../../schemas/prefect1/config/settings.ts";
import { isInDocker } from "../../schemas/prefect1/docker_image.ts";
import type { FlowRun } from "../../schemas/prefect1/flow_run.ts";
import { checkStorage } from "../../schemas/prefect1/storage_check.ts";
import { type PlannedJob, runJob } from "./job.ts";
import { oldJob } from "./old_job.ts";
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
  const run = sampleRun(option === "YAML_TEMPLATE" ? sampleEnvironment : null);
  return planWith(run, options, template);
}

/** Flows with an environment of Prefect 0.x and without a run config are run as 0.15 ran them. */
function hasOldJob({ runConfig, flow }: FlowRun): boolean {
  return runConfig === null && flow.environment !== null;
}

function readConfig(run: FlowRun): KubernetesRun {
  const config = readKubernetesRun(run);
  checkStorage(run);
  return config;
}

function sources(run: FlowRun, options: KubernetesOptions, readings: Readings): readonly Source[] {
  if (hasOldJob(run)) return sourcesOf(oldTemplate(options));
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
  if (hasOldJob(run)) {
    return planWith(run, options, currentTemplate(oldTemplate(options), options.oldJobs.template, readings));
  }
  const own = runTemplate(run, readConfig(run), readings);
  return planWith(
    run,
    options,
    own ?? currentTemplate(jobTemplate(options), options.template, readings),
  );
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

function planWith(run: FlowRun, options: KubernetesOptions, template: JobTemplate): KubernetesPlan {
  const { environment } = run.flow;
  if (run.runConfig === null && environment !== null) {
    return toPlan(oldJob({ run, environment, options, template }), template, options, []);
  }
  const config = readConfig(run);
  const warnings = config.image === null || !isInDocker(run)
    ? []
    : ["Ignored image of the run config: the flow is stored in an image of its own (Docker storage)"];
  return toPlan(runJob({ run, config, options, template }), template, options, warnings);
}

function toPlan(
  { replaced, ...planned }: PlannedJob,
  template: JobTemplate,
  { cluster: { namespace } }: KubernetesOptions,
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
