/**
 * Secrets that a test plants, one for each place where a secret can stand, and the search for them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { JsonObject } from "../../../schemas/json/json.ts";

/** 36 characters that no other secret shares, those of base64 among them. */
function secretOf(name: string): string {
  return `Z${createHash("sha256").update(name).digest("base64").slice(0, 34)}9`;
}

/** The same, with letters and digits alone. */
function wordOf(name: string): string {
  return secretOf(name).replaceAll(/[+/]/g, "x");
}

const NAMES = [
  ...["apiKey", "agentToken", "awsSecret", "awsSession", "optionEnv", "urlLogin", "proxyLogin"],
  ...["webIdentity", "ssoToken", "profileSecret", "profileSession"],
  ...[
    "runEnv",
    "containerEnv",
    "flagWord",
    "flagSign",
    "flagQuoted",
    "exported",
    "bearer",
    "basic",
    "header",
  ],
  ...["curlUser", "cookie", "labelLogin", "redis", "database", "connection", "accountKey"],
  ...["splunkToken", "sharedKey", "signature", "signedToken", "sas", "queryKey", "privateKey"],
  ...["jsonMember", "jsonText", "yamlText", "labelName", "tagKey", "argument", "runName", "quotedName"],
] as const;

/** The name of a planted secret. */
export type SecretName = typeof NAMES[number] | "webToken" | "forgeToken" | "accessKeyId";

/** All of them. */
export const PLANTED: Readonly<Record<SecretName, string>> = {
  ...Object.fromEntries(NAMES.map((name) => [name, secretOf(name)])) as Record<typeof NAMES[number], string>,
  webIdentity: `eyJhbGciOiJSUzI1NiJ9.${wordOf("webIdentity")}.${wordOf("webIdentity 2")}`,
  webToken: `eyJhbGciOiJub25lIn0.${wordOf("webToken")}.c2ln`,
  forgeToken: `ghp_${wordOf("forgeToken")}`,
  accessKeyId: `ASIA${wordOf("accessKeyId").toUpperCase().slice(0, 16)}`,
};

const p = PLANTED;

const COMMAND = [
  ...["run", "--password", p.flagWord, `--token=${p.flagSign}`, `--db-password="${p.flagQuoted}"`],
  ...["-u", `me:${p.curlUser}`, "-H", `X-Api-Key: ${p.header}`, "-H", `Cookie: session=${p.cookie}`],
  ...[`redis://:${p.redis}@cache:6379/0`, `postgresql://me:${p.database}@db/flows`],
  ...[`Server=db;Uid=me;Pwd=${p.connection};Encrypt=true`, `AccountName=me;AccountKey=${p.accountKey}`],
  ...[`https://bucket/x?X-Amz-Signature=${p.signature}&X-Amz-Security-Token=${p.signedToken}`],
  ...[`https://blob/x?sv=1&sig=${p.sas}&se=2`, `https://maps/x?key=${p.queryKey}`],
  `-----BEGIN RSA PRIVATE KEY-----\n${p.privateKey}\n-----END RSA PRIVATE KEY-----`,
  ...[
    JSON.stringify({ password: p.jsonMember }),
    JSON.stringify({ text: JSON.stringify({ token: p.jsonText }) }),
  ],
  ...[`secret: '${p.yamlText}'`, p.webToken, p.forgeToken, p.accessKeyId],
];

/** A reference: shown, because it is not the secret. */
export const REFERENCE = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf";

/** The run config of a run that brings a secret in every place that it has. @param family differs from run to run */
export function plantedConfig(family: string): JsonObject {
  return {
    type: "ECSRun",
    env: { PLAIN_NAME: p.runEnv },
    task_definition: {
      family,
      networkMode: "bridge",
      tags: [{ key: "password", value: p.tagKey }],
      containerDefinitions: [{
        name: "flow",
        image: "image",
        command: COMMAND,
        entryPoint: ["sh", "-c", `export API_KEY=${p.exported} && exec "$@"`],
        environment: [{ name: "OTHER_NAME", value: p.containerEnv }],
        secrets: [{ name: "DB", valueFrom: REFERENCE }],
        repositoryCredentials: { credentialsParameter: REFERENCE },
        dockerLabels: { "db.password": p.labelName, "source": `https://me:${p.labelLogin}@forge/x.git` },
        healthCheck: {
          command: [
            "CMD-SHELL",
            `curl -H 'Authorization: Bearer ${p.bearer}' -H "Authorization: Basic ${
              btoa(`me:${p.basic}`)
            }" host`,
          ],
        },
        logConfiguration: {
          logDriver: "splunk",
          options: {
            "splunk-token": p.splunkToken,
            "fluentd-shared-key": p.sharedKey,
            "splunk-url": "https://s",
          },
        },
      }],
    },
    run_task_kwargs: {
      overrides: { containerOverrides: [{ name: "flow", command: [`--token ${p.argument}`] }] },
    },
  };
}

/** Forms in which a secret, or the better half of it, may stand in an output. */
function formsOf(secret: string): readonly string[] {
  const half = Math.ceil(secret.length / 2);
  const parts = [secret, secret.slice(0, half), secret.slice(half)];
  const coded = [0, 1, 2].map((before) =>
    btoa(" ".repeat(before) + secret).slice(
      Math.ceil(before * 8 / 6),
      Math.floor((before + secret.length) * 8 / 6),
    )
  );
  return [
    ...parts,
    ...parts.map(encodeURIComponent),
    ...parts.map((part) => part.replaceAll("/", "\\/")),
    ...coded.flatMap((text) => [text.slice(0, text.length / 2), text.slice(text.length / 2)]),
  ];
}

/** @throws {AssertionError} which secret an output holds, and what stands around it */
export function assertNonePlanted(output: string, where: string): void {
  for (const [name, secret] of Object.entries(PLANTED)) {
    for (const form of formsOf(secret)) {
      const at = output.indexOf(form);
      assert.ok(at === -1, `${where} holds ${name}: …${output.slice(Math.max(0, at - 120), at + 60)}…`);
    }
  }
}

/** One way in which an endpoint quotes what it was sent. */
export type Quote = (text: string) => string;

/** All ways. Long values come first, so that the cut of a long message falls into each of them once. */
export const QUOTES: readonly Quote[] = [
  (text) => text,
  (text) => JSON.stringify(text),
  (text) => encodeURIComponent(text),
  (text) => encodeURIComponent(JSON.stringify(text)),
  (text) => btoa(unescape(encodeURIComponent(text))),
  (text) => text.replaceAll(/[^\s&="]{24,}/g, (word) => `${word.slice(0, word.length / 2)} …`),
  (text) => text.replaceAll(/[^\s&="]{24,}/g, (word) => `… ${word.slice(word.length / 2)}`),
  (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;"),
];

/** What was sent, headers and body, as an endpoint may quote it. */
export function quoted(
  { headers, body }: { readonly headers: Headers; readonly body: string },
  quote: Quote,
): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${quote(value)}`);
  return `The request was ${lines.join(", ")}, ${quote(body)}`;
}
