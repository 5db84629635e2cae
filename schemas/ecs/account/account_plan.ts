/**
 * The AWS account that a run is launched in, where it is not the agent's own.
 *
 * @module
 */

import type { JsonObject } from "../../json/json.ts";
import type { Secret } from "../../secrets/secret.ts";

/** A role that is assumed. */
export interface RoleToAssume {
  readonly arn: string;
  /** Other parameters of AssumeRole in the spelling of AWS, such as `ExternalId`, `DurationSeconds`. */
  readonly parameters: JsonObject;
}

/** Credentials, region and endpoint of one run. Every call of that run goes there. */
export interface AccountPlan {
  /** Digest of everything below: equal accounts share clients, limits and watcher. */
  readonly key: string;
  /** Where it was stated, for messages: `block aws-credentials/prod`, `variable aws_credentials`. */
  readonly from: string;
  /** Null: as the agent's own. */
  readonly region: string | null;
  /** Null: a profile, or the agent's own. */
  readonly keys: {
    readonly accessKeyId: string;
    readonly secretAccessKey: Secret;
    readonly sessionToken: Secret | null;
  } | null;
  readonly profile: string | null;
  readonly role: RoleToAssume | null;
  readonly endpoint: string | null;
  /** Certificates are verified: as always, never, or against a PEM file. */
  readonly verify: true | false | { readonly file: string };
}
