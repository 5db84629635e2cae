/**
 * The Kubernetes agent of Prefect 1, as its options open it.
 *
 * @module
 */

import { kubernetesFlavour } from "../../../flavours/kubernetes_agent/flavour.ts";
import { judgeTemplate } from "../../../flavours/kubernetes_agent/judge_template.ts";
import { kubernetesRelease, parseKubernetesOptions } from "../../../flavours/kubernetes_agent/options.ts";
import type { Prefect1Settings } from "../../../schemas/prefect1/config/settings.ts";
import type { FlowRun } from "../../../schemas/prefect1/flow_run.ts";
import { templateSettings } from "../../../schemas/templates/template_options.ts";
import type { Dialect } from "../dialect.ts";
import type { FlavourSources, FlavourWiring } from "../open_flavour.ts";
import { prefect1Dialect, prefect1Settings, type SettingSources } from "../prefect1/dialect.ts";
import { kubernetesWiring } from "./platform.ts";

/** Stands in for `prefect agent kubernetes start`. */
export const kubernetesAgent: FlavourWiring = {
  open: ({ values, pairs }, { env, readText, locate }: FlavourSources, use) => {
    const sources = { values, env, readText };
    const settings = prefect1Settings(kubernetesRelease, sources);
    const options = parseKubernetesOptions({ values, pairs, env }, settings);
    return use({
      flavour: kubernetesFlavour,
      options,
      dialect: dialectOf(settings, sources),
      platform: kubernetesWiring({
        cluster: options.cluster,
        templates: templateSettings(values),
        judge: (source, reading) => judgeTemplate(options, source, reading),
        env,
        readText,
        locate: locate ?? ((path) => path),
      }),
      warnings: [],
      notes: [],
    });
  },
};

/**
 * Probes of a pod depend on the agent and not on its peers: health is served before the API has answered, and stays good while
 * the agent tries again, unless the user says after which time it is not.
 */
function dialectOf(settings: Prefect1Settings, sources: SettingSources): Dialect<FlowRun> {
  const unhealthyAfterMs = sources.values["unhealthy-after"] === undefined ? 0 : settings.unhealthyAfterMs;
  const dialect = prefect1Dialect(kubernetesRelease, settings, sources);
  return {
    ...dialect,
    settings: { ...dialect.settings, unhealthyAfterMs },
    health: { ...dialect.health, isEarly: true },
  };
}
