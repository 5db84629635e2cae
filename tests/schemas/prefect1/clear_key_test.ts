import assert from "node:assert/strict";
import { clearKeyWarning } from "../../../schemas/prefect1/clear_key.ts";
import type { ApiCredential } from "../../../schemas/prefect1/config/settings.ts";
import { Secret } from "../../../schemas/secrets/secret.ts";

const KEY: ApiCredential = { kind: "key", key: new Secret("k3y-of-the-test"), tenantId: null };
const TOKEN: ApiCredential = { kind: "token", token: new Secret("t0ken-of-the-test") };

const ELSEWHERE = [
  "http://api.example.org",
  "HTTP://Api.Example.org:4200/graphql",
  "http://10.0.0.7:4200",
  "http://[fd00::7]:4200",
  "http://[::ffff:10.0.0.7]",
  "http://localhost.example.org",
  "http://127.0.0.1.example.org",
  "http://notlocalhost",
  "http://128.0.0.1",
  "http://u:p@api.example.org",
  "  http://api.example.org  ",
];
const HERE = [
  "http://localhost:4200",
  "http://LOCALHOST",
  "http://localhost.",
  "http://api.localhost:4200",
  "http://127.0.0.1:4200",
  "http://127.1",
  "http://0x7f000001",
  "http://2130706433",
  "http://127.8.9.10",
  "http://[::1]:4200",
  "http://[0:0:0:0:0:0:0:1]",
  "http://[::ffff:127.0.0.1]",
];
const ENCRYPTED = ["https://api.prefect.io", "https://10.0.0.7", "HTTPS://api.example.org"];

for (const [credential, what] of [[KEY, "API key"], [TOKEN, "token"]] as const) {
  Deno.test(`clear key: given a ${what}, when it goes to another machine over http, then it is warned of without being shown`, () => {
    for (const apiUrl of ELSEWHERE) {
      const warning = clearKeyWarning({ apiUrl, credential });

      assert.ok(
        warning?.startsWith(`The ${what} is sent in clear to `) && warning.includes("https://"),
        apiUrl,
      );
      assert.doesNotMatch(warning ?? "", /of-the-test|u:p/);
    }
  });

  Deno.test(`clear key: given a ${what}, when it stays on this machine or is encrypted, then there is no warning`, () => {
    const warned = [...HERE, ...ENCRYPTED, "not a url"].filter((apiUrl) =>
      clearKeyWarning({ apiUrl, credential })
    );

    assert.deepEqual(warned, []);
  });
}

Deno.test("clear key: given no credential, when the address is in clear, then nothing is sent and there is no warning", () => {
  for (const apiUrl of ELSEWHERE) {
    assert.equal(clearKeyWarning({ apiUrl, credential: { kind: "none" } }), null);
  }
});
