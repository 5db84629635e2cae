/**
 * The AWS account of a run: the `aws_credentials` of its job configuration, from a block or written out.
 *
 * @module
 */

import type { AccountPlan, RoleToAssume } from "../../../schemas/ecs/account/account_plan.ts";
import { canonicalJson, sha256Hex } from "../../../schemas/json/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../schemas/json/json.ts";
import { isFilled, kindOf } from "../../../schemas/json/shape.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";
import { flagMember, type Members, numberMember, objectMember, textMember } from "./members.ts";
import { parsedObject } from "./members.ts";
import { refusal } from "./place.ts";

/** An account, and which of its members have no effect. */
export interface StatedAccount {
  /** Null: the worker's own. */
  readonly account: AccountPlan | null;
  readonly ignored: readonly string[];
}

const OWN: StatedAccount = { account: null, ignored: [] };

/**
 * @param from where it was stated, for messages
 * @throws {FailureError} `badFlowRun` where keys come in halves or members are of the wrong type
 */
export function accountOf(
  run: { readonly id: string },
  value: Json | undefined,
  from: string,
): StatedAccount {
  if (!isFilled(value)) return OWN;
  const stated = typeof value === "string" ? parsedObject(value) : value;
  if (!isJsonObject(stated)) {
    throw refusal(
      run,
      "aws_credentials",
      `is ${kindOf(value)}, but must be a mapping, a reference to a block, or null`,
    );
  }
  const members = named(run, stated, from);
  const client = clientOf(members);
  const account = {
    region: textMember(members, "region_name") ?? client.region,
    keys: keysOf(members),
    profile: textMember(members, "profile_name"),
    role: roleOf(members),
    endpoint: client.endpoint,
    verify: client.verify,
  };
  const isOwn = account.verify === true &&
    [account.region, account.keys, account.profile, account.role, account.endpoint].every((one) =>
      one === null
    );
  return {
    account: isOwn ? null : { key: digestOf(account), from, ...account },
    ignored: client.ignored,
  };
}

/** Members whose messages begin with `aws_credentials`. */
function named(run: { readonly id: string }, values: JsonObject, from: string): Members {
  return { run, values, within: `aws_credentials (${from}), member ` };
}

function keysOf(members: Members): AccountPlan["keys"] {
  const id = textMember(members, "aws_access_key_id");
  const secret = textMember(members, "aws_secret_access_key");
  const token = textMember(members, "aws_session_token");
  if (id === null && secret === null) return null;
  if (id === null || secret === null) {
    const missing = id === null ? "aws_access_key_id" : "aws_secret_access_key";
    throw refusal(
      members.run,
      `${members.within ?? ""}${missing}`,
      "is missing beside the other half of the key: give both, or neither",
    );
  }
  return {
    accessKeyId: id,
    secretAccessKey: new Secret(secret),
    sessionToken: token === null ? null : new Secret(token),
  };
}

function roleOf(members: Members): RoleToAssume | null {
  const arn = textMember(members, "assume_role_arn");
  if (arn === null) return null;
  const parameters = objectMember(members, "assume_role_kwargs");
  const given = Object.entries(parameters).filter(([name, value]) =>
    name !== "RoleArn" && value !== null && value !== undefined
  );
  const duration = numberMember({ ...members, values: parameters }, "DurationSeconds");
  return {
    arn,
    parameters: {
      ...Object.fromEntries(given),
      ...(duration === null ? {} : { DurationSeconds: duration }),
    },
  };
}

/** Members of `aws_client_parameters` that have an effect here, and what has none. */
function clientOf(members: Members) {
  const values = objectMember(members, "aws_client_parameters");
  const client: Members = { ...members, values };
  const config = objectMember(client, "config");
  const useSsl = flagMember(client, "use_ssl");
  const endpoint = textMember(client, "endpoint_url");
  const ignored = Object.keys(config).filter((name) => name !== "region_name").map((name) =>
    `config.${name}`
  );
  if (useSsl === false && endpoint === null) ignored.push("use_ssl");
  return {
    endpoint,
    verify: verifyOf(client),
    region: textMember({ ...client, values: config }, "region_name"),
    ignored: ignored.map((name) => `aws_client_parameters.${name}`),
  };
}

/** `verify` false wins over a file; a path in `verify` is what older versions took. */
function verifyOf(client: Members): AccountPlan["verify"] {
  const { verify } = client.values;
  const isPath = typeof verify === "string" && /[/.\\]/.test(verify);
  const isVerified = isPath ? true : flagMember(client, "verify") ?? true;
  const file = textMember(client, "verify_cert_path") ?? (isPath ? verify.trim() : null);
  if (!isVerified) return false;
  return file === null ? true : { file };
}

/** Equal accounts have equal digests, and secrets cannot be read out of one. */
function digestOf(account: Omit<AccountPlan, "key" | "from">): string {
  const { keys, role, verify } = account;
  const text = canonicalJson({
    region: account.region,
    profile: account.profile,
    endpoint: account.endpoint,
    verify: typeof verify === "boolean" ? verify : verify.file,
    role: role && { arn: role.arn, parameters: role.parameters },
    keys: keys && [keys.accessKeyId, keys.secretAccessKey.reveal(), keys.sessionToken?.reveal() ?? ""],
  });
  return sha256Hex(text);
}
