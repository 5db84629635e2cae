/**
 * A Kubernetes cluster for people who develop flows: an API over TLS on loopback, one node, and pods that are subprocesses.
 * Not for production.
 *
 * @module
 */

import { join } from "node:path";
import { serveGuarded } from "../../actors/guard/serve_guarded.ts";
import { newToken } from "../../schemas/guard/token.ts";
import type { Clock, Random } from "../../schemas/time/clock.ts";
import { createContainerOutput } from "../containers/container_output.ts";
import type { ImageExec } from "../containers/image_exec.ts";
import { type BuiltInImages, createSubprocessLauncher } from "../containers/subprocess_launcher.ts";
import { localRules } from "../http/local_rules.ts";
import type { CountedRequest } from "../http/request_counts.ts";
import { makePrivateFolder, writePrivateFile } from "../private/private_files.ts";
import { answerApi, MOST_BYTES } from "./api/answer.ts";
import { makeIdentity } from "./authority.ts";
import { createCluster } from "./cluster.ts";
import { startControllers } from "./control/controllers.ts";
import { kubeconfigText } from "./kubeconfig.ts";

/** How the cluster is started. */
export interface ClusterOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Folder for the home of containers; exists. */
  readonly dataDir: string;
  /** Path of the kubeconfig that is written. */
  readonly kubeconfig: string;
  readonly imageExec: readonly ImageExec[];
  /** Images that need no `imageExec`. */
  readonly builtIn: BuiltInImages;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every answered request. */
  readonly onRequest?: (request: CountedRequest) => void;
}

/** A cluster that listens. */
export interface LocalCluster {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  /** Path of the kubeconfig, which holds the token. */
  readonly kubeconfig: string;
  /** Ends the pods and the server. */
  readonly close: () => Promise<void>;
}

const RULES = localRules("The cluster of the sandbox", MOST_BYTES);

/**
 * Starts an empty cluster, with an authority and a token of its own, and writes its kubeconfig.
 *
 * @throws {Error} when the port is taken or the file cannot be written
 */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  const { port, dataDir, kubeconfig, imageExec, builtIn, clock, random, onRequest = () => {} } = options;
  const { authority, ...tls } = await makeIdentity(clock.now());
  const home = join(dataDir, "home");
  await makePrivateFolder(home);
  const output = createContainerOutput();
  const launcher = createSubprocessLauncher({ clock, imageExec, builtIn, output, home });
  const cluster = createCluster({ clock, random, launcher, output });
  const token = newToken();
  const endControllers = startControllers(cluster);
  const end = async () => {
    endControllers();
    await launcher.idle();
  };
  try {
    const answer = (request: Request) => answerApi({ cluster, token, onRequest }, request);
    const server = serveGuarded({ hostname: "127.0.0.1", port, tls, rules: () => RULES, answer });
    const url = `https://127.0.0.1:${server.port}`;
    await writePrivateFile(kubeconfig, kubeconfigText({ url, authority, token }));
    const close = async () => {
      await server[Symbol.asyncDispose]();
      await end();
    };
    return { url, kubeconfig, close };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}
