/**
 * The user of a kubeconfig's context: each kind of credentials is used, or refused with what to do instead. None is left out.
 *
 * @module
 */

import { isJsonObject, type Json } from "../../json/json.ts";
import { filledText } from "../../json/shape.ts";
import { Secret } from "../../secrets/secret.ts";
import type { TokenSource } from "./access.ts";
import { bad, type Placed, textMember, unknownMembers } from "./kubeconfig.ts";

/** Reads the text of a file that a kubeconfig names. @throws {FailureError} `configuration` */
export type ReadNamed = (member: string, path: string, base: string) => string;

/** As whom requests are made. */
export interface KubeUser {
  readonly token: TokenSource | null;
  readonly client: { readonly cert: string; readonly key: Secret } | null;
  readonly warnings: readonly string[];
}

const KNOWN = new Set([
  ...["client-certificate", "client-certificate-data", "client-key", "client-key-data"],
  ...["token", "tokenFile", "username", "password", "auth-provider", "exec", "extensions"],
  ...["as", "as-uid", "as-groups", "as-user-extra"],
]);

/**
 * Reads the user.
 *
 * @param locate makes a path absolute, from the folder of the file that names it
 * @throws {FailureError} `configuration`
 */
export function readUser(
  { members, path }: Placed,
  name: string,
  { readNamed, locate }: {
    readonly readNamed: ReadNamed;
    readonly locate: (path: string, base: string) => string;
  },
): KubeUser {
  const where = `user ${name}`;
  refuse(where, members);
  const text = (member: string) => textMember(members, member, where);
  const tokenFile = text("tokenFile");
  const token = text("token");
  const client = clientOf({ members, path }, where, readNamed);
  // As in client-go, the file wins where both are given.
  const source: TokenSource | null = tokenFile !== undefined
    ? { from: "file", path: locate(tokenFile, path) }
    : token === undefined
    ? null
    : { from: "text", token: new Secret(token) };
  const isNobody = source === null && client === null;
  return {
    token: source,
    client,
    warnings: [
      ...(isNobody ? [`The kubeconfig gives ${where} no credentials: requests are sent as nobody`] : []),
      ...unknownMembers(members, KNOWN, where),
    ],
  };
}

function clientOf(
  { members, path }: Placed,
  where: string,
  readNamed: ReadNamed,
): KubeUser["client"] {
  const cert = pemOf("client-certificate", { members, path }, { where, readNamed });
  const key = pemOf("client-key", { members, path }, { where, readNamed });
  if (cert === null && key === null) return null;
  if (cert === null || key === null) {
    const missing = cert === null ? "client-certificate" : "client-key";
    throw bad(missing, `The kubeconfig gives ${where} half of a client certificate: ${missing} is missing`);
  }
  return { cert, key: new Secret(key) };
}

/** PEM text of a member, which is given as base64 (`-data`) or as a file; data win, as in client-go. Null: it is absent. */
export function pemOf(
  member: string,
  { members, path }: Placed,
  { where, readNamed }: { readonly where: string; readonly readNamed: ReadNamed },
): string | null {
  const data = textMember(members, `${member}-data`, where);
  if (data !== undefined) return decoded(`${member}-data`, data, where);
  const file = textMember(members, member, where);
  return file === undefined ? null : checked(member, readNamed(member, file, path), where);
}

function decoded(member: string, data: string, where: string): string {
  try {
    return checked(member, atob(data.replaceAll(/\s/g, "")), where);
  } catch (thrown) {
    if (thrown instanceof DOMException) {
      throw bad(member, `${member} of ${where} in the kubeconfig is not base64`);
    }
    throw thrown;
  }
}

function checked(member: string, text: string, where: string): string {
  if (text.includes("-----BEGIN ")) return text;
  throw bad(member, `${member} of ${where} in the kubeconfig holds no PEM`);
}

const INSTEAD =
  "give it a token that lasts (kubectl create token ACCOUNT --duration=24h, as `token` or `tokenFile`), " +
  "a client certificate, or run the agent in the cluster (kubernetes install)";

function refuse(where: string, { exec, username, password, ...members }: Placed["members"]): void {
  const provider = members["auth-provider"];
  if (isGiven(exec)) {
    const command = isJsonObject(exec) ? filledText(exec["command"]) : undefined;
    throw bad(
      "exec",
      `The kubeconfig gives ${where} an exec plug-in (${
        command ?? "no command"
      }), and this agent starts no other ` +
        `programs; ${INSTEAD}`,
    );
  }
  if (isGiven(provider)) {
    const kind = isJsonObject(provider) ? filledText(provider["name"]) : undefined;
    throw bad(
      "auth-provider",
      `The kubeconfig gives ${where} an auth-provider (${
        kind ?? "no name"
      }), which Kubernetes has given up; ${INSTEAD}`,
    );
  }
  if (isGiven(username) || isGiven(password)) {
    throw bad(
      "username",
      `The kubeconfig gives ${where} a name and a password, which no API server takes; ${INSTEAD}`,
    );
  }
  const as = ["as", "as-uid", "as-groups", "as-user-extra"].find((member) => isGiven(members[member]));
  if (as !== undefined) {
    throw bad(
      as,
      `The kubeconfig lets ${where} act as somebody else (${as}), which this agent does not do; ${INSTEAD}`,
    );
  }
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
