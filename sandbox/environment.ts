/**
 * The variables that point other programs at a sandbox.
 *
 * @module
 */

import { join } from "node:path";

/** Where the API of a sandbox listens, and what it asks for. */
export interface ApiAccess {
  readonly apiUrl: string;
  readonly apiKey: string;
}

/** Where the Prefect 3 API of a sandbox listens, and what it asks for. */
export interface Prefect3Access {
  readonly prefect3Url: string;
  readonly apiKey: string;
}

/** Where the local ECS of a sandbox listens, and what it asks for. */
export interface EcsAccess {
  readonly ecsUrl: string;
  readonly accessKeyId: string;
}

/** For the Prefect 1 client, its runtime and this agent. */
export function prefectVariables({ apiUrl, apiKey }: ApiAccess): Readonly<Record<string, string>> {
  const { hostname, port } = new URL(apiUrl);
  return {
    PREFECT__BACKEND: "server",
    PREFECT__SERVER__HOST: `http://${hostname}`,
    PREFECT__SERVER__PORT: port,
    PREFECT__CLOUD__API: apiUrl,
    PREFECT__CLOUD__API_KEY: apiKey,
  };
}

/** For the AWS CLI, the AWS SDKs and this agent. The access key id is what counts: signatures are not verified. */
export function awsVariables({ ecsUrl, accessKeyId }: EcsAccess): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: ecsUrl,
    AWS_ACCESS_KEY_ID: accessKeyId,
    // It is hidden wherever the agent writes, so it is no word that stands elsewhere.
    AWS_SECRET_ACCESS_KEY: [...accessKeyId].reverse().join(""),
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
  };
}

/**
 * For a client of Prefect 3, `prefect flow-run execute` and the worker. The key goes as an auth string: clients send
 * `PREFECT_API_KEY` over no socket but those of Prefect Cloud.
 */
export function prefect3Variables({ prefect3Url, apiKey }: Prefect3Access): Readonly<Record<string, string>> {
  return { PREFECT_API_URL: prefect3Url, PREFECT_API_AUTH_STRING: apiKey };
}

/** Path of the kubeconfig of a data folder; only its owner may read it. */
export function kubeconfigFile(dataDir: string): string {
  return join(dataDir, "kubeconfig");
}

/** For kubectl, clients of Kubernetes and this agent. */
export function clusterVariables(kubeconfig: string): Readonly<Record<string, string>> {
  return { KUBECONFIG: kubeconfig };
}
