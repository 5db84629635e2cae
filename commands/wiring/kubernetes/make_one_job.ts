/**
 * Makes one Job, for a command that then ends.
 *
 * @module
 */

import { readConfigFile } from "../../../actors/files/read_config_file.ts";
import { findAccess } from "../../../actors/kubernetes/connection/find_access.ts";
import { makeKubeClient } from "../../../actors/kubernetes/requests/client.ts";
import { makeClusterHttp } from "../../../actors/kubernetes/requests/cluster_http.ts";
import { unobserved } from "../../../actors/observability/call_observer.ts";
import { systemClock } from "../../../actors/time/system_clock.ts";
import { FailureError } from "../../../schemas/failure/failure.ts";
import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, mapping } from "../../../schemas/json/shape.ts";
import { takenName } from "../../../schemas/kubernetes/objects/status.ts";
import type { Io } from "../io.ts";

/** Which cluster. */
export interface ChosenCluster {
  /** `--kubeconfig`; null: not given. */
  readonly kubeconfig: string | null;
  /** `--context`; null: not given. */
  readonly context: string | null;
}

/** A Job, and where it is to be made. */
export interface OneJob {
  readonly namespace: string;
  readonly job: JsonObject;
}

/**
 * Makes the Job.
 *
 * @returns its name, and what is to be said of the connection
 * @throws {FailureError} `configuration` without a usable connection, and what the API server refused
 */
export async function makeOneJob(
  { namespace, job }: OneJob,
  chosen: ChosenCluster,
  io: Io,
): Promise<{ readonly name: string; readonly warnings: readonly string[] }> {
  const sources = { env: io.env, ...chosen, readText: readConfigFile, locate: io.locate };
  const access = findAccess(sources);
  const http = makeClusterHttp({
    env: io.env,
    access,
    find: () => findAccess(sources),
    readText: readConfigFile,
    clock: systemClock,
    learn: (token) => io.redact.learn({ credentials: [token], values: [] }),
  });
  try {
    const client = makeKubeClient({ http, clock: systemClock, observe: unobserved });
    const created = await client.createJob(namespace, job, { isQuiet: false }, io.signal);
    const name = filledText(mapping(job.metadata).name) ?? "";
    if (created.outcome === "created") return { name, warnings: access.warnings };
    const message =
      `Cannot create Job ${name} in namespace ${namespace}: a Job of this name is there already; ` +
      "delete it, or say --unique-job-name";
    throw new FailureError(takenName(message));
  } finally {
    http.close();
  }
}
