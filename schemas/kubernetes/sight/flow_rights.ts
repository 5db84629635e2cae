/**
 * Rights that a flow lacked, by the last lines of its log: flows that make Jobs or pods themselves need rights of their own.
 *
 * @module
 */

/** @see the message of the API server's authorizer */
const FORBIDDEN =
  /is forbidden: User \\?"system:serviceaccount:[^"\\]*\\?" cannot (\w+) resource \\?"([\w./-]+)\\?"/;

/** What dask-kubernetes needs besides Jobs and pods. */
const OF_DASK = new Set(["services", "pods/log", "poddisruptionbudgets"]);

/** A sentence that names the option which grants them; empty: no line tells of a missing right. */
export function missingRightIn(lines: readonly string[]): string {
  for (const line of lines) {
    const [, verb, resource] = FORBIDDEN.exec(line) ?? [];
    if (verb === undefined || resource === undefined) continue;
    const option = OF_DASK.has(resource) ? "--flow-rbac dask" : "--flow-rbac";
    return `. The flow's account may not ${verb} ${resource}: prefect agent kubernetes install ${option} grants it`;
  }
  return "";
}
