/**
 * An API server as whoever made its kubeconfig: what tests put into a namespace of their own, and pods that they play.
 *
 * @module
 */

import { findAccess } from "../../../actors/kubernetes/connection/find_access.ts";
import { makeClusterHttp } from "../../../actors/kubernetes/requests/cluster_http.ts";
import { systemClock } from "../../../actors/time/system_clock.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";

/** The administrator of one namespace. */
export interface ClusterAdmin {
  readonly namespace: string;
  /** Sends a request below the address of the API server. @throws {Error} with the server's words for what is no success */
  readonly ask: (method: string, path: string, body?: JsonObject) => Promise<JsonObject>;
  /** Makes an object of a manifest in the namespace. @param query such as `?dryRun=All` */
  readonly make: (document: JsonObject, query?: string) => Promise<JsonObject>;
  readonly list: (path: string) => Promise<readonly JsonObject[]>;
  /** Text of a kubeconfig with the token of an account, and no other rights. */
  readonly kubeconfigOf: (account: string) => Promise<string>;
  readonly close: () => void;
}

const PATHS: Readonly<Record<string, (namespace: string) => string>> = {
  Deployment: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  Role: (namespace) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
};

/** Opens it; the namespace is made by the test. */
export function clusterAdmin(kubeconfig: string, namespace: string): ClusterAdmin {
  const readText = (path: string) => {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return null;
    }
  };
  const sources = { env: {}, kubeconfig, context: null, readText, locate: (path: string) => path };
  const access = findAccess(sources);
  const http = makeClusterHttp({
    ...{ env: {}, access, readText, clock: systemClock, learn: () => undefined },
    find: () => findAccess(sources),
  });
  const signal = new AbortController().signal;
  const ask = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const sent = { method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await http.call(sent, signal);
    const text = new TextDecoder().decode(answer.body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    namespace,
    ask,
    make: (document, query = "") => {
      const path = PATHS[String(document["kind"])]?.(namespace);
      if (path === undefined) throw new TypeError(`Cannot make a ${String(document["kind"])}`);
      const metadata = { ...mapping(document["metadata"]), namespace };
      return ask("POST", path + query, { ...document, metadata });
    },
    list: async (path) => mappings((await ask("GET", path))["items"]),
    kubeconfigOf: async (account) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
      const request = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 3600 },
      };
      const { status } = await ask("POST", path, request);
      const authority = access.authorities === null
        ? { "insecure-skip-tls-verify": access.skipVerify }
        : { "certificate-authority-data": btoa(access.authorities) };
      return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "account",
        clusters: [{ name: "cluster", cluster: { server: access.server, ...authority } }],
        users: [{ name: "account", user: { token: mapping(status)["token"] ?? "" } }],
        contexts: [{ name: "account", context: { cluster: "cluster", user: "account" } }],
      });
    },
    close: http.close,
  };
}
