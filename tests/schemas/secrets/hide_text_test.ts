/** What looks secret in a text, whatever stands around it and however it was quoted. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { noWork } from "../../../schemas/bounds/work.ts";
import { hideSecrets } from "../../../schemas/secrets/hide_text.ts";

/** One form in which a secret stands in a text. */
type Form = readonly [form: string, write: (secret: string) => string];

const FORMS: readonly Form[] = [
  ["an assignment", (s) => `PASSWORD=${s}`],
  ["an assignment of an environment", (s) => `export DB_PASSWORD=${s} && run`],
  ["an API key", (s) => `API_KEY=${s}`],
  ["a name in camel case", (s) => `clientSecret=${s}`],
  ["a quoted assignment", (s) => `password = "${s}"`],
  ["a key of a cloud", (s) => `aws_secret_access_key = ${s}`],
  ["a header of its own", (s) => `X-Api-Key: ${s}`],
  ["a bearer", (s) => `Authorization: Bearer ${s}`],
  ["a bearer alone", (s) => `sent Bearer ${s} to it`],
  ["a scheme without a name", (s) => `Authorization: Token ${s}`],
  ["basic", (s) => `Authorization: Basic ${btoa(`me:${s}`)}`],
  ["a cookie", (s) => `Cookie: theme=dark; session=${s}`],
  ["an option", (s) => `--password=${s}`],
  ["an option with its value as the next word", (s) => `mysql --password ${s} --host db`],
  ["an option in a list of words", (s) => `["mysql", "--db-password", "${s}", "-v"]`],
  ["a login of curl", (s) => `curl -u me:${s} http://host`],
  ["a login in a URL", (s) => `https://me:${s}@host/path`],
  ["a login without a name", (s) => `redis://:${s}@host:6379/0`],
  ["a database", (s) => `postgresql+psycopg2://me:${s}@host/db`],
  ["a token as a login", (s) => `https://${s}@host/repository.git`],
  ["a connection string", (s) => `Server=db;Uid=me;Pwd=${s};Encrypt=true`],
  ["a key of a store", (s) => `AccountName=me;AccountKey=${s};EndpointSuffix=x`],
  ["a shared access signature", (s) => `https://host/blob?sv=2020&sig=${s}&se=2030`],
  ["a signed request", (s) => `https://host/key?X-Amz-Expires=60&X-Amz-Signature=${s}`],
  ["a signed request's token", (s) => `https://host/key?X-Amz-Security-Token=${s}&x=1`],
  ["a signature", (s) => `HMAC Credential=x/y, SignedHeaders=host, Signature=${s}`],
  ["a key in a query", (s) => `https://host/maps?key=${s}`],
  ["a private key", (s) => `-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----`],
  ["a private key without its end", (s) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${s}`],
  ["a private key without its beginning", (s) => `${s}\n-----END PRIVATE KEY-----`],
  ["a web token", (s) => `got eyJhbGciOiJub25lIn0.${s}.c2ln back`],
  ["a member of JSON", (s) => JSON.stringify({ a: 1, password: s, b: 2 })],
  ["a member of JSON in JSON", (s) => JSON.stringify({ a: JSON.stringify({ token: s }) })],
  ["a pair", (s) => JSON.stringify([{ name: "A", value: s }])],
  ["a pair with a key", (s) => JSON.stringify([{ key: "password", value: s }])],
  ["a pair the other way round", (s) => JSON.stringify([{ value: s, name: "A" }])],
  ["a list of secrets", (s) => JSON.stringify({ tokens: ["x", s] })],
  ["a mapping of Python", (s) => `{'password': '${s}', 'x': 1}`],
  ["a pair of Java", (s) => `KeyValuePair{name=PASSWORD, value=${s}}`],
  ["a driver's option", (s) => `splunk-token: ${s}`],
  ["a shared key", (s) => `fluentd-shared-key=${s}`],
  ["a word written as one", (s) => `requirepass=${s}`],
  ["a quoted word", (s) => `invalid password '${s}' for me`],
  ["words before a colon", (s) => `API key: ${s}`],
  ["an arrow", (s) => `:password => "${s}"`],
  ["a login that was cut", (s) => `https://me:${s}…`],
  ["a variable of any service", (s) => `SOME_SERVICE_KEY=${s}`],
  ["a short name", (s) => `db_pw=${s}`],
  ["a token of a forge", (s) => `ghp_${s}`],
];

const LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Random words with digits and both cases, of the length of keys. */
const secret = fc.array(fc.constantFrom(...LETTERS), { minLength: 20, maxLength: 60 }).map((letters) =>
  `7q${letters.join("")}`
);
const around = fc.constantFrom("", "Cannot start: ", "refused (", "a\n", "{x} ", "“", "é ", "https://host/ ");

const WAYS: readonly Form[] = [
  ["as it is", (text) => text],
  ["as JSON", (text) => JSON.stringify(text)],
  ["as JSON in JSON", (text) => JSON.stringify(JSON.stringify({ message: text }))],
  ["URL-encoded", encodeURIComponent],
  ["URL-encoded twice", (text) => encodeURIComponent(encodeURIComponent(text))],
  [
    "as XML",
    (text) =>
      text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(
        "'",
        "&#39;",
      ),
  ],
];

for (const [form, write] of FORMS) {
  Deno.test(`hide secrets: given ${form}, when quoted in any way and place, then no part of the secret is left`, () => {
    fc.assert(
      fc.property(secret, around, around, fc.constantFrom(...WAYS), (value, before, after, [, quote]) => {
        const shown = hideSecrets(quote(`${before}${write(value)} ${after}`), null);

        for (const half of [value.slice(0, 10), value.slice(-10), btoa(`me:${value}`).slice(8, 20)]) {
          assert.ok(!shown.includes(half), shown);
        }
      }),
    );
  });
}

const PLAIN = [
  "Cannot read the run: no answer within 15 s",
  "Completed deployment of flow run 12345678-1234-1234-1234-123456789012",
  "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from " +
  "asm: failed to fetch secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf from secrets manager",
  "secretArn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
  "An error occurred (ExpiredTokenException) when calling the RunTask operation: The security token is expired",
  "ExpiredToken: The security token included in the request is expired",
  "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the agent a task role",
  "The API key holds blanks; set it again without them: --key, or PREFECT__CLOUD__API_KEY",
  "Usage: start --key KEY --token <token>",
  "PWD=/home/me TOKEN_FILE=/run/token secretName=db tokenType=bearer max_tokens=500",
  "https://host:8080/path@v2 and docker.io/me/image@sha256:0123456789abcdef",
  "password=${PASSWORD} --token $TOKEN password: null",
  "CACHE_KEY=a PUBLIC_KEY=b http://host:80… http://host:8080",
  "bypassed the keyboard, monkeys and the author: nobody",
];

for (const text of PLAIN) {
  Deno.test(`hide secrets: given ${text.slice(0, 60)}, when shown, then nothing is hidden`, () => {
    assert.equal(hideSecrets(text, null), text);
  });
}

Deno.test("hide secrets: given a text that was shown once, when shown again, then it stays as it is", () => {
  fc.assert(fc.property(fc.constantFrom(...FORMS), secret, ([, write], value) => {
    const once = hideSecrets(write(value), null);

    assert.equal(hideSecrets(once, null), once);
  }));
});

/** Texts that lead some rule as far as they can, many times. */
const LONG: readonly Form[] = [
  ["dashes before a name", (unit) => `${"a-".repeat(unit.length)}token`],
  ...[
    "token=",
    "token: ",
    "pwd=/a:",
    "-u,",
    "--token ",
    "://",
    "//a:",
    "//a:b@",
    '"value":',
    '"value":"',
    "%25",
    "\\",
    "\\\\u0025",
    "&amp;",
    "-----BEGIN PRIVATE KEY",
    "-----END PRIVATE KEY",
    "-----END PRIVATE KEY-----",
    "bearer ",
    "eyJaaaaaaaaa.",
    "AKIAAAAAAAAAAAAA ",
    "password '",
    'key: ["',
    'tokens=["',
    "cookie: ",
    "arn:aws:",
    "token=${",
    ",a=",
    "(hidden)",
    "token=(hidden)",
    "Authorization: Token ",
  ].map((part): Form => [part, (unit) => part.repeat(unit.length)]),
];

for (const [what, write] of LONG) {
  Deno.test(`hide secrets: given ${what} many times, when the text is doubled, then the work no more than doubles`, () => {
    const steps = [2000, 4000, 8000].map((times) => {
      const work = noWork();
      hideSecrets(write(" ".repeat(times)), null, work);
      return work.steps;
    });

    for (const [at, more] of steps.slice(1).entries()) {
      assert.ok(more <= 2.1 * (steps[at] ?? 0) + 1000, steps.join(", "));
    }
    assert.ok(
      (steps[2] ?? 0) < 300 * write(" ".repeat(8000)).length,
      "each character costs a bounded number of steps",
    );
  });
}
