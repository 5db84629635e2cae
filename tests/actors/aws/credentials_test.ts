import assert from "node:assert/strict";
import { findCredentials, fixedCredentials } from "../../../actors/aws/credentials.ts";
import { makeAwsHttpHandler } from "../../../actors/aws/http_handler.ts";
import {
  type AwsProfiles,
  type AwsSection,
  hasCredentials,
  processProfile,
} from "../../../actors/aws/profile.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";

const handler = makeAwsHttpHandler({
  http: () => Promise.reject(new FailureError({ tag: "unreachable", message: "no net in this test" })),
  timeoutMs: 1000,
  maxBytes: 1000,
});

function profiles(sections: Readonly<Record<string, AwsSection>> = {}, name = "default"): AwsProfiles {
  return { name, named: false, sections, files: {} };
}

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof FailureError, `expected a failure, got ${error}`);
  return error.failure;
}

const KEYS = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" };

Deno.test("credentials: given keys in the environment, when found, then they win over any profile, as in Python", async () => {
  const roles = profiles({
    default: { role_arn: "arn", source_profile: "x" },
    x: { credential_process: "p" },
  });
  const found = await findCredentials({ env: KEYS, profiles: roles, handler, learn: () => undefined })();
  const withToken = await findCredentials({
    env: { ...KEYS, AWS_SESSION_TOKEN: "t" },
    profiles: roles,
    handler,
    learn: () => undefined,
  })();
  const oldToken = await findCredentials({
    env: { ...KEYS, AWS_SECURITY_TOKEN: "o" },
    profiles: roles,
    handler,
    learn: () => undefined,
  })();

  assert.deepEqual(found, { accessKeyId: "AKIA", secretAccessKey: "secret" });
  assert.equal(withToken.sessionToken, "t");
  assert.equal(oldToken.sessionToken, "o");
});

Deno.test("credentials: given keys by option, when asked, then they come unwrapped, without an empty token", async () => {
  const keys = { accessKeyId: "AKIA", secretAccessKey: new Secret("secret"), sessionToken: null };

  assert.deepEqual(await fixedCredentials(keys)(), { accessKeyId: "AKIA", secretAccessKey: "secret" });
});

Deno.test("credentials: given a profile that needs a program, when found, then the failure names that profile", async () => {
  const chain = profiles({
    prod: { role_arn: "arn", source_profile: "middle" },
    middle: { role_arn: "arn", source_profile: "vault" },
    vault: { credential_process: "get --password hunter2" },
  }, "prod");

  const failure = await failureOf(
    findCredentials({ env: {}, profiles: chain, handler, learn: () => undefined })(),
  );

  assert.equal(failure.tag, "credentials");
  assert.match(failure.message, /profile vault: its credential_process .*export-credentials --profile vault/);
  assert.doesNotMatch(failure.message, /hunter2/);
});

Deno.test("credentials: given no source and no instance, when found, then the message says what to set", async () => {
  const env = { AWS_EC2_METADATA_DISABLED: "TRUE" };

  const failure = await failureOf(
    findCredentials({ env, profiles: profiles(), handler, learn: () => undefined })(),
  );

  assert.equal(failure.tag, "credentials");
});

Deno.test("credentials: given a half pair of keys, when found, then it counts as none", async () => {
  const env = { AWS_ACCESS_KEY_ID: "AKIA", AWS_EC2_METADATA_DISABLED: "true" };

  assert.equal(
    (await failureOf(findCredentials({ env, profiles: profiles(), handler, learn: () => undefined })())).tag,
    "credentials",
  );
});

Deno.test("processProfile: given sections, when followed, then only a program that would really be asked counts", () => {
  const table: readonly (readonly [Record<string, AwsSection>, string | null])[] = [
    [{}, null],
    [{ default: { credential_process: "p" } }, "default"],
    [{ default: { credential_process: "p", aws_access_key_id: "A" } }, null],
    [{ default: { role_arn: "r", source_profile: "default", aws_access_key_id: "A" } }, null],
    [{ default: { role_arn: "r", credential_source: "Ec2InstanceMetadata", credential_process: "p" } }, null],
    [
      { default: { role_arn: "r", source_profile: "a" }, a: { role_arn: "r", source_profile: "default" } },
      null,
    ],
    [{ default: { source_profile: "a" }, a: { credential_process: "p" } }, null],
  ];
  for (const [sections, expected] of table) {
    assert.equal(processProfile(profiles(sections)), expected, JSON.stringify(sections));
  }
});

Deno.test("hasCredentials: given sections, when asked, then settings alone are no credentials", () => {
  assert.equal(hasCredentials({ region: "eu-west-1", output: "json" }), false);
  for (const key of ["role_arn", "aws_access_key_id", "credential_process", "sso_session", "sso_start_url"]) {
    assert.equal(hasCredentials({ [key]: "x" }), true);
  }
});
