import assert from "node:assert/strict";
import { environmentSecrets } from "../../../schemas/secrets/environment_secrets.ts";

Deno.test("environmentSecrets: given an environment, when searched, then what must not be shown is known", () => {
  const secrets = environmentSecrets({
    AWS_SECRET_ACCESS_KEY: "one",
    AWS_ACCESS_KEY_ID: "short",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/run/token",
    GOOGLE_APPLICATION_CREDENTIALS: "/etc/gcp.json",
    PREFECT__CLOUD__API_KEY: "two",
    HTTPS_PROXY: "http://me:thr%2Fee@proxy:1",
    PREFECT__CLOUD__AGENT__ENV_VARS: "{'A': 'four'}",
    AWS_REGION: "eu-west-1",
    HOME: "/home/me",
  });

  assert.deepEqual(secrets, { credentials: ["one", "two", "thr%2Fee", "thr/ee"], values: ["four"] });
});

Deno.test("environmentSecrets: given a structure under a secret name, when searched, then its texts are known and its references are not", () => {
  const secrets = environmentSecrets({
    containerDefinitions_secrets:
      '[{"name": "X", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}]',
    DB_SECRET: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db",
    APP_SECRETS: "{'password': 'hunter2-and-more'}",
  });

  assert.deepEqual(secrets, { credentials: [], values: ["X", "hunter2-and-more"] });
});
