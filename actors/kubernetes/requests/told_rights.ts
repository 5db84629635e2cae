/**
 * Calls that tell which rights the agent's account lacks, whoever makes them.
 *
 * @module
 */

import { toFailure } from "../../../schemas/failure/failure.ts";
import { isForbidden, isRightMissing } from "../../../schemas/kubernetes/objects/status.ts";
import type { Rights } from "../watching/rights.ts";
import type { PacedCalls } from "./paced_calls.ts";

/** The same calls; a refusal for want of a right is told, and thrown on. */
export function tellRights(
  { calls, createJob }: Pick<PacedCalls, "calls" | "createJob">,
  rights: Rights,
): Pick<PacedCalls, "calls" | "createJob"> {
  const told = <T>(verb: string, resource: string, work: Promise<T>) =>
    work.then((answer) => {
      rights.granted(verb, resource);
      return answer;
    }, (thrown) => {
      const failure = toFailure(thrown);
      // A quota forbids a creation as well, and is no right.
      const isMissing = verb === "create" ? isRightMissing(failure) : isForbidden(failure);
      if (isMissing) rights.missing(verb, resource, failure);
      throw thrown;
    });
  return {
    createJob: (...asked) => told("create", "jobs", createJob(...asked)),
    calls: {
      readJob: (...asked) => told("get", "jobs", calls.readJob(...asked)),
      deleteJob: (...asked) => told("delete", "jobs", calls.deleteJob(...asked)),
      list: (query, signal) => told("list", query.resource, calls.list(query, signal)),
      watch: (query, { onOpen, onLine }, signal) => {
        const opened = () => {
          rights.granted("watch", query.resource);
          onOpen();
        };
        return told("watch", query.resource, calls.watch(query, { onOpen: opened, onLine }, signal));
      },
      readLog: (...asked) => told("get", "pods/log", calls.readLog(...asked)),
    },
  };
}
