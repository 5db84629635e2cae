/**
 * The cluster of a kubeconfig's context.
 *
 * @module
 */

import { sentInClearTo } from "../../net/in_clear.ts";
import type { ClusterAccess } from "./access.ts";
import { bad, type Placed, textMember, unknownMembers } from "./kubeconfig.ts";
import { pemOf, type ReadNamed } from "./read_user.ts";

/** How the API server is reached. */
export type KubeCluster = Pick<
  ClusterAccess,
  "server" | "authorities" | "skipVerify" | "serverName" | "proxy" | "warnings"
>;

const KNOWN = new Set([
  ...["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority"],
  ...["certificate-authority-data", "proxy-url", "disable-compression", "extensions"],
]);

/** Reads the cluster. @throws {FailureError} `configuration` */
export function readCluster(placed: Placed, name: string, readNamed: ReadNamed): KubeCluster {
  const { members } = placed;
  const where = `cluster ${name}`;
  const server = textMember(members, "server", where);
  if (server === undefined || !isHttp(server)) {
    throw bad("server", `server of ${where} in the kubeconfig must be a URL, such as https://10.0.0.1:6443`);
  }
  const skipVerify = members["insecure-skip-tls-verify"] === true;
  const authorities = pemOf("certificate-authority", placed, { where, readNamed });
  if (skipVerify && authorities !== null) {
    throw bad(
      "insecure-skip-tls-verify",
      `The kubeconfig gives ${where} an authority and says not to verify it; take one of them out`,
    );
  }
  const proxy = textMember(members, "proxy-url", where) ?? null;
  if (proxy !== null && !isHttp(proxy)) {
    throw bad("proxy-url", `proxy-url of ${where} in the kubeconfig must be an http or https URL`);
  }
  return {
    server: server.replace(/\/+$/, ""),
    authorities,
    skipVerify,
    serverName: textMember(members, "tls-server-name", where) ?? null,
    proxy,
    warnings: [
      ...unknownMembers(members, KNOWN, where),
      ...(skipVerify ? [`The certificate of ${where} is not verified (insecure-skip-tls-verify)`] : []),
      ...(sentInClearTo(server) === null
        ? []
        : [`The token for ${where} is sent in clear; use an https address`]),
    ],
  };
}

function isHttp(text: string): boolean {
  return /^https?:\/\/[^\s/?#]/i.test(text) && URL.canParse(text);
}
