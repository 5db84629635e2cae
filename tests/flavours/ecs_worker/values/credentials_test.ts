/**
 * The AWS account that a run states.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../../schemas/json/json.ts";
import { jobOf, refusalOf } from "../../../support/prefect3/template_run.ts";

const KEYS = { aws_access_key_id: "AKIAEXAMPLE", aws_secret_access_key: "s3cr3t-key" };

/** The account of a run with these credentials, its secrets in clear. */
function account(credentials: Json, blocks: Parameters<typeof jobOf>[0]["blocks"] = []) {
  const { account } = jobOf({ deployment: { aws_credentials: credentials }, blocks });
  if (account === null) return null;
  const { keys, key: _key, ...rest } = account;
  return {
    ...rest,
    keys: keys && [keys.accessKeyId, keys.secretAccessKey.reveal(), keys.sessionToken?.reveal() ?? null],
  };
}

const NOTHING = { region: null, keys: null, profile: null, role: null, endpoint: null, verify: true };
const STATED = { from: "variable aws_credentials", ...NOTHING };

for (
  const own of [null, "", {}, { aws_client_parameters: { use_ssl: true, verify: null } }, {
    profile_name: null,
  }]
) {
  Deno.test(`credentials: given ${JSON.stringify(own)}, when they are planned, then the account is the worker's own`, () => {
    assert.equal(account(own), null);
  });
}

// Each row: credentials, and what is not as in an account that states nothing.
const ROWS: readonly (readonly [JsonObject, object])[] = [
  [KEYS, { keys: ["AKIAEXAMPLE", "s3cr3t-key", null] }],
  [{ ...KEYS, aws_session_token: "token" }, { keys: ["AKIAEXAMPLE", "s3cr3t-key", "token"] }],
  [{ profile_name: "prefect", region_name: " eu-west-1 " }, { profile: "prefect", region: "eu-west-1" }],
  [{ region_name: "eu-west-1" }, { region: "eu-west-1" }],
  [{ aws_client_parameters: { config: { region_name: "eu-west-1" } } }, { region: "eu-west-1" }],
  [{ aws_client_parameters: { endpoint_url: "http://h:1", use_ssl: false } }, { endpoint: "http://h:1" }],
  [{ aws_client_parameters: { verify: false, verify_cert_path: "/ca.pem" } }, { verify: false }],
  [{ aws_client_parameters: { verify_cert_path: "/ca.pem" } }, { verify: { file: "/ca.pem" } }],
  [{ aws_client_parameters: { verify: "/ca.pem" } }, { verify: { file: "/ca.pem" } }],
  [{
    assume_role_arn: "arn:r",
    assume_role_kwargs: { DurationSeconds: "900", ExternalId: "e", Tags: [{ Key: "k" }], Policy: null },
  }, {
    role: { arn: "arn:r", parameters: { DurationSeconds: 900, ExternalId: "e", Tags: [{ Key: "k" }] } },
  }],
];

for (const [credentials, expected] of ROWS) {
  Deno.test(`credentials: given ${Object.keys(credentials).join(" and ")} as ${JSON.stringify(expected)}, when they are planned, then the account has them`, () => {
    assert.deepEqual(account(credentials), { ...STATED, ...expected });
  });
}

Deno.test("credentials: given a block by name and by id, when they are planned, then the account names the block", () => {
  const blocks = [{ id: "b-1", type: "aws-credentials", name: "prod", data: KEYS }];

  for (
    const stated of ["{{ prefect.blocks.aws-credentials.prod }}", { $ref: { block_document_id: "b-1" } }]
  ) {
    assert.equal(account(stated, blocks)?.from, "block aws-credentials/prod");
  }
});

Deno.test("credentials: given equal and other accounts, when they are planned, then equal ones have equal keys and none shows a secret", () => {
  const key = (credentials: JsonObject) =>
    jobOf({ deployment: { aws_credentials: credentials } }).account?.key;

  assert.equal(key({ ...KEYS }), key({ ...KEYS, region_name: null }));
  assert.notEqual(key(KEYS), key({ ...KEYS, aws_secret_access_key: "other" }));
  assert.notEqual(key(KEYS), key({ ...KEYS, region_name: "eu-west-1" }));
  assert.doesNotMatch(JSON.stringify(jobOf({ deployment: { aws_credentials: KEYS } }).account), /s3cr3t/);
});

for (
  const [credentials, named] of [
    [{ aws_access_key_id: "AKIA" }, /aws_secret_access_key is missing/],
    [{ aws_secret_access_key: "s3cr3t-key" }, /aws_access_key_id is missing/],
    [{ profile_name: 5 }, /profile_name is a number/],
    [{ assume_role_arn: "r", assume_role_kwargs: { DurationSeconds: "soon" } }, /DurationSeconds is text/],
    ["prod", /aws_credentials is text/],
    [["prod"], /aws_credentials is a list/],
  ] as const
) {
  Deno.test(`credentials: given ${Object.keys(credentials)}, when they cannot be used, then the run is refused: ${named.source}`, () => {
    const message = refusalOf({ deployment: { aws_credentials: credentials as Json } });

    assert.match(message, named);
    assert.doesNotMatch(message, /s3cr3t|AKIA/);
  });
}

Deno.test("credentials: given client parameters without effect, when they are planned, then one warning names each", () => {
  const { warnings } = jobOf({
    deployment: {
      aws_credentials: {
        ...KEYS,
        aws_client_parameters: { use_ssl: false, config: { max_pool_connections: 5 } },
      },
    },
  });

  assert.deepEqual(warnings.map(({ text }) => /aws_credentials\.(\S+) has no effect/.exec(text)?.[1]), [
    "aws_client_parameters.config.max_pool_connections",
    "aws_client_parameters.use_ssl",
  ]);
});
