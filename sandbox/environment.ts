/**
 * The variables that point other programs at a sandbox.
 *
 * @module
 */

/** Where a sandbox listens. */
export interface SandboxAddresses {
  readonly apiUrl: string;
  readonly ecsUrl: string;
}

/** For the Prefect 1 client, its runtime and this agent. */
export function prefectVariables({ apiUrl }: SandboxAddresses): Readonly<Record<string, string>> {
  const { hostname, port } = new URL(apiUrl);
  return {
    PREFECT__BACKEND: "server",
    PREFECT__SERVER__HOST: `http://${hostname}`,
    PREFECT__SERVER__PORT: port,
    PREFECT__CLOUD__API: apiUrl,
  };
}

/** For the AWS CLI, the AWS SDKs and this agent. The credentials are made up: signatures are not verified. */
export function awsVariables({ ecsUrl }: SandboxAddresses): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: ecsUrl,
    AWS_ACCESS_KEY_ID: "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
  };
}
