/**
 * Finds the cluster: the pod's own account, else a kubeconfig.
 *
 * @module
 */

import { dirname, isAbsolute, join } from "node:path";
import { FailureError } from "../../../schemas/failure/failure.ts";
import { isJsonObject } from "../../../schemas/json/json.ts";
import type { ClusterAccess } from "../../../schemas/kubernetes/connection/access.ts";
import {
  bad,
  chooseContext,
  type KubeconfigFile,
} from "../../../schemas/kubernetes/connection/kubeconfig.ts";
import { readCluster } from "../../../schemas/kubernetes/connection/read_cluster.ts";
import { type ReadNamed, readUser } from "../../../schemas/kubernetes/connection/read_user.ts";
import { parseYamlObject } from "../../../schemas/yaml/yaml.ts";

/** What finding needs. */
export interface AccessSources {
  readonly env: Readonly<Record<string, string>>;
  /** `--kubeconfig`; null: not given. */
  readonly kubeconfig: string | null;
  /** `--context`; null: not given. */
  readonly context: string | null;
  /** Text of a file; null where there is none. @throws {FailureError} `configuration` for one that cannot be read */
  readonly readText: (path: string) => string | null;
  /** Absolute path of what was typed. */
  readonly locate: (typed: string) => string;
  /** Folder of the mounted account. @default Kubernetes' own */
  readonly accountFolder?: string;
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Longest kubeconfig that is read, in characters. */
const MOST_CHARACTERS = 1024 * 1024;

/** Finds it; nothing is sent. @throws {FailureError} `configuration` */
export function findAccess(sources: AccessSources): ClusterAccess {
  const { kubeconfig, context, env } = sources;
  const isChosen = kubeconfig !== null || context !== null;
  const own = isChosen ? null : inCluster(sources);
  if (own === null) return fromKubeconfig(sources);
  const { KUBECONFIG = "" } = env;
  if (KUBECONFIG === "") return own;
  const note =
    "KUBECONFIG is not used: the pod's own account comes first; --kubeconfig PATH or --context NAME choose";
  return { ...own, warnings: [...own.warnings, note] };
}

/** Null: this process does not run in a pod with an account. */
function inCluster({ env, readText, accountFolder = ACCOUNT }: AccessSources): ClusterAccess | null {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = env;
  if (host === "" || port === "") return null;
  const token = readText(`${accountFolder}/token`);
  const authorities = readText(`${accountFolder}/ca.crt`);
  if (token === null || authorities === null) return null;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    authorities,
    skipVerify: false,
    serverName: null,
    proxy: null,
    client: null,
    token: { from: "file", path: `${accountFolder}/token` },
    origin: "the pod's own account",
    warnings: [],
  };
}

function fromKubeconfig(sources: AccessSources): ClusterAccess {
  const files = readFiles(sources);
  const { context, cluster, clusterName, user, userName, warnings } = chooseContext(files, sources.context);
  const locate = (path: string, base: string) => isAbsolute(path) ? path : join(dirname(base), path);
  const readNamed: ReadNamed = (member, path, base) => {
    const at = locate(path, base);
    const text = sources.readText(at);
    if (text === null) throw bad(member, `${member} in ${base} names ${at}, and there is no such file`);
    return text;
  };
  const reached = readCluster(cluster, clusterName, readNamed);
  const as = readUser(user, userName, { readNamed, locate });
  return {
    ...reached,
    client: as.client,
    token: as.token,
    origin: `context ${context} of ${files.map(({ path }) => path).join(", ")}`,
    warnings: [...warnings, ...reached.warnings, ...as.warnings],
  };
}

/** As kubectl, files of the list that are not there are passed over. */
function readFiles(sources: AccessSources): readonly KubeconfigFile[] {
  const paths = pathsOf(sources);
  const files = paths.flatMap((path) => {
    const text = sources.readText(path);
    return text === null ? [] : [{ path, content: parsed(text, path) }];
  });
  if (files.length > 0) return files;
  throw bad(
    "KUBECONFIG",
    `There is no cluster to speak to: this is no pod with a service account, and there is no kubeconfig at ${
      paths.join(", ")
    }; name one by --kubeconfig PATH or KUBECONFIG`,
  );
}

function pathsOf({ env, kubeconfig, locate }: AccessSources): readonly string[] {
  if (kubeconfig !== null) return [locate(kubeconfig)];
  const { KUBECONFIG = "", HOME = "" } = env;
  const named = KUBECONFIG.split(":").filter((path) => path !== "");
  return named.length > 0 ? named.map(locate) : [join(HOME === "" ? "/" : HOME, ".kube", "config")];
}

function parsed(text: string, path: string): KubeconfigFile["content"] {
  if (text.length > MOST_CHARACTERS) {
    throw bad("kubeconfig", `${path} is longer than ${MOST_CHARACTERS} characters`);
  }
  try {
    const content = parseYamlObject(text, { source: path });
    if (isJsonObject(content)) return content;
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    throw bad("kubeconfig", thrown.failure.message);
  }
  throw bad("kubeconfig", `${path} is no kubeconfig: it holds no mapping`);
}
