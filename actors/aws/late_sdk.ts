/**
 * Parts of the AWS SDK that few agents need, each loaded with its first use.
 *
 * `import(…)` with the name itself would load nothing earlier, but Deno would look for the package at every start all the same:
 * it reads the registry's list of all its versions, up to 2 MB, or fetches it where it is not cached. A name that is resolved
 * first is not seen before it is used. `deno cache` and `deno compile` take all packages of `deno.lock`, also these.
 *
 * @module
 */

/** What a package exports. */
export interface LateSdk {
  readonly cloudWatchLogs: typeof import("@aws-sdk/client-cloudwatch-logs");
  readonly credentialProviders: typeof import("@aws-sdk/credential-providers");
  readonly coreClient: typeof import("@aws-sdk/core/client");
  readonly protocols: typeof import("@aws-sdk/core/protocols");
  readonly s3: typeof import("@aws-sdk/client-s3");
  readonly sqs: typeof import("@aws-sdk/client-sqs");
  readonly tagging: typeof import("@aws-sdk/client-resource-groups-tagging-api");
}

/** Loads a package; the second time it is there already. */
export const lateSdk: { readonly [Name in keyof LateSdk]: () => Promise<LateSdk[Name]> } = {
  cloudWatchLogs: () => import(import.meta.resolve("@aws-sdk/client-cloudwatch-logs")),
  credentialProviders: () => import(import.meta.resolve("@aws-sdk/credential-providers")),
  coreClient: () => import(import.meta.resolve("@aws-sdk/core/client")),
  protocols: () => import(import.meta.resolve("@aws-sdk/core/protocols")),
  s3: () => import(import.meta.resolve("@aws-sdk/client-s3")),
  sqs: () => import(import.meta.resolve("@aws-sdk/client-sqs")),
  tagging: () => import(import.meta.resolve("@aws-sdk/client-resource-groups-tagging-api")),
};
