/**
 * Kubernetes as a {@link PlatformWiring}.
 *
 * @module
 */

import { type AccessSources, findAccess } from "../../../actors/kubernetes/connection/find_access.ts";
import { makeKubernetesPlatform } from "../../../actors/kubernetes/platform.ts";
import { makeKubeClient } from "../../../actors/kubernetes/requests/client.ts";
import { type ClusterHttp, makeClusterHttp } from "../../../actors/kubernetes/requests/cluster_http.ts";
import { makeWaitingRuns } from "../../../actors/time/waiting_runs.ts";
import { shareReads } from "../../../agent/share_reads.ts";
import type { ClusterSettings } from "../../../schemas/kubernetes/cluster_settings.ts";
import { clusterKey } from "../../../schemas/kubernetes/connection/cluster_key.ts";
import { checkPlan } from "../../../schemas/kubernetes/check_plan.ts";
import { launchOptionRows } from "../../../schemas/kubernetes/launch_option_rows.ts";
import { KUBE_BUCKETS } from "../../../schemas/kubernetes/pacing.ts";
import type { KubernetesPlan } from "../../../schemas/kubernetes/plan.ts";
import { launchSettings } from "../../../schemas/options/launch_settings.ts";
import { limiterFills } from "../limiter_fills.ts";
import type { PlatformPorts, PlatformWiring, RunningPlatform } from "../platform.ts";
import { templateReader, type TemplateReaderSettings } from "./reader.ts";

/** What the options of an agent say about Kubernetes. */
export interface KubernetesSettings
  extends TemplateReaderSettings, Pick<AccessSources, "env" | "readText" | "locate"> {
  readonly cluster: ClusterSettings;
}

/** Makes the wiring. */
export function kubernetesWiring(settings: KubernetesSettings): PlatformWiring<KubernetesPlan> {
  const { cluster: { namespace } } = settings;
  return {
    launching: (options) => launchSettings(launchOptionRows, options),
    check: (plan) => checkPlan(plan, namespace),
    // Credentials that cannot be used are refused before anything is sent.
    open: (ports) => Promise.resolve().then(() => openCluster(settings, ports)),
    explainer: async () => (await import("./explain.ts")).kubernetesExplainer(settings),
  };
}

function openCluster(
  settings: KubernetesSettings,
  ports: PlatformPorts,
): RunningPlatform<KubernetesPlan> {
  const { cluster } = settings;
  const { clock, log, redact } = ports;
  const find = () => findAccess({ ...settings, ...cluster });
  const access = find();
  for (const warning of access.warnings) log("WARNING", warning);
  log("INFO", `Jobs are made in namespace ${cluster.namespace} by ${access.origin} at ${access.server}`);
  const http = makeClusterHttp({
    env: settings.env,
    access,
    find,
    readText: settings.readText,
    clock,
    learn: (token) => redact.learn({ credentials: [token] }),
  });
  return runKubernetes(settings, { http, scope: `${clusterKey(access)}/${cluster.namespace}` }, ports);
}

/** A cluster that is spoken to. */
export interface ConnectedCluster {
  readonly http: ClusterHttp;
  /** {@link RunningPlatform.scope} */
  readonly scope: string;
}

/** Kubernetes over a connection; nothing is sent yet. */
export function runKubernetes(
  settings: KubernetesSettings,
  { http, scope }: ConnectedCluster,
  ports: PlatformPorts,
): RunningPlatform<KubernetesPlan> {
  const { clock, random, log, seen } = ports;
  const calls = makeKubeClient({ http, clock, observe: seen.observe });
  const { platform, paced, close } = makeKubernetesPlatform({
    ...{ calls, settings: settings.cluster, onTurn: seen.onTurn, clock, random, log },
  });
  seen.limiters(paced.view);
  const { read, close: closeReader } = templateReader(settings, ports);
  const waiting = makeWaitingRuns({ waitsFor: () => null, clock, log });
  return {
    platform,
    readSource: shareReads(read, waiting, clock),
    scope,
    limiters: () => limiterFills(paced.view(), KUBE_BUCKETS),
    close: () => closeAll(close, closeReader, http),
  };
}

function closeAll(closePlatform: () => void, closeReader: () => void, http: ClusterHttp): void {
  closePlatform();
  closeReader();
  http.close();
}
