/**
 * What tells clusters apart in claims: a claim that was made in one must not be taken up in another, where its Job is not to be
 * found.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ClusterAccess } from "./access.ts";

/**
 * The key of a cluster, 16 hex digits: made of the certificates that its authority consists of, whatever their order and however
 * their text is laid out. Names of contexts and addresses are not looked at, for one cluster has several, and the addresses that
 * pods see are the same everywhere. Without an authority of its own the cluster is known by its address.
 */
export function clusterKey({ authorities, server }: Pick<ClusterAccess, "authorities" | "server">): string {
  const text = authorities === null ? addressOf(server) : certificatesIn(authorities);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END/g;

/** The base64 of all certificates, each once. */
function certificatesIn(pem: string): string {
  const found = [...pem.matchAll(CERTIFICATE)].map(([, base64 = ""]) => base64.replaceAll(/\s/g, ""));
  return found.length === 0 ? pem.replaceAll(/\s+/g, " ").trim() : [...new Set(found)].toSorted().join("\n");
}

/** As the URL standard writes it: letters of the host, and a port that goes without saying, make no difference. */
function addressOf(server: string): string {
  return URL.canParse(server) ? new URL(server).href.replace(/\/+$/, "") : server;
}
