/**
 * The documents of `kubernetes install`.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { DEFAULT_GRACE_SECONDS } from "../../../schemas/options/runner_settings.ts";
import { agentRules, flowRules } from "./rights.ts";
import type { InstallSettings } from "./settings.ts";

/** Name of Deployment and account, and value of the label that selects the pod. */
const NAME = "prefect-agent";
const LABELS = { app: NAME };
const PORT = 8080;

/** User of the image, by number: Kubernetes cannot tell from a name that it is not root. @see Dockerfile of denoland/deno */
const USER = 1993;

/** Room for the agent's own grace and for the end of its connections. */
const GRACE_SECONDS = DEFAULT_GRACE_SECONDS + 15;

/** Deployment and account; with `rbac` also Role and RoleBinding; with flow rights two more. */
export function installManifest(settings: InstallSettings): readonly JsonObject[] {
  const { namespace, rbac, flowRights, flowAccount } = settings;
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: NAME, namespace, labels: LABELS },
  };
  return [
    deployment(settings),
    account,
    ...(rbac ? rights({ name: "prefect-agent-rbac", account: NAME, rules: agentRules }, namespace) : []),
    ...(flowRights === null
      ? []
      : rights({ name: "prefect-flows", account: flowAccount, rules: flowRules(flowRights) }, namespace)),
  ];
}

interface Granted {
  readonly name: string;
  readonly account: string;
  readonly rules: readonly JsonObject[];
}

function rights({ name, account, rules }: Granted, namespace: string): readonly JsonObject[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name, namespace };
  return [
    { apiVersion, kind: "Role", metadata, rules },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: account, namespace }],
    },
  ];
}

function deployment(settings: InstallSettings): JsonObject {
  const { namespace, pullSecrets } = settings;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      replicas: 1,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [container(settings)],
        },
      },
    },
  };
}

function container({ image, agentConfigId, variables, keySecret }: InstallSettings): JsonObject {
  return {
    name: "agent",
    image,
    args: ["kubernetes", "start", ...(agentConfigId === null ? [] : ["--agent-config-id", agentConfigId])],
    env: variables.map(([name, value]): Json =>
      name === "PREFECT__CLOUD__API_KEY" && keySecret !== null
        ? { name, valueFrom: { secretKeyRef: { ...keySecret } } }
        : { name, value }
    ),
    ports: [{ name: "health", containerPort: PORT }],
    livenessProbe: {
      httpGet: { path: "/api/health", port: PORT },
      initialDelaySeconds: 40,
      periodSeconds: 40,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
    resources: { requests: { memory: "256Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}
