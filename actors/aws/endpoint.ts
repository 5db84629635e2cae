/**
 * Endpoints of AWS services that the environment names. Those of the shared files are left to the SDK.
 *
 * @see "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide
 * @module
 */

/**
 * The endpoint of a service as a client option; empty: AWS's own.
 *
 * @param service as the variables spell it: `ECS`, `CLOUDWATCH_LOGS`
 */
export function endpointOf(
  service: string,
  env: Readonly<Record<string, string>>,
): { readonly endpoint: string } | Record<never, never> {
  if ((env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ?? "").toLowerCase() === "true") return {};
  const url = env[`AWS_ENDPOINT_URL_${service}`] || env["AWS_ENDPOINT_URL"];
  return url ? { endpoint: url } : {};
}
