/**
 * What the containers of a pod printed.
 *
 * @see "Pod", read log of the specified Pod, in the Kubernetes API reference
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { mapping } from "../../../schemas/json/shape.ts";
import type { OutputLine } from "../../containers/container_output.ts";
import type { Cluster } from "../cluster.ts";
import { placeOf, uidOf } from "../objects/meta.ts";
import { Refusal } from "../objects/refusal.ts";
import { containersOf, containerStatuses, nameOf } from "../pods/pod_status.ts";
import { isSet } from "./call.ts";
import { logAnswer } from "./streams.ts";

/** Answers with the log, or begins to. @throws {Refusal} `BadRequest` for a container that is not there or has not begun */
export function podLog(cluster: Cluster, pod: JsonObject, query: URLSearchParams): Response {
  const { output, store } = cluster;
  const container = containerOf(pod, query.get("container"));
  const { waiting } = stateOf(pod, container);
  const stream = `${container}/${uidOf(pod)}`;
  if (waiting !== undefined && output.lines(stream).length === 0) {
    const why = String(mapping(waiting)["reason"]);
    const message = `container "${container}" in pod "${placeOf(pod).name}" is waiting to start: ${why}`;
    throw new Refusal("BadRequest", message);
  }
  const written = writer(isSet(query.get("timestamps")));
  const first = chosen(output.lines(stream), query);
  if (!isSet(query.get("follow"))) {
    const text = first.map(written).join("");
    const most = count(query.get("limitBytes")) ?? Infinity;
    return new Response(text.slice(0, most), { headers: { "content-type": "text/plain" } });
  }
  const goesOn = () => {
    const now = store.get("pods", placeOf(pod));
    return now !== undefined && uidOf(now) === uidOf(pod) &&
      stateOf(now, container)["terminated"] === undefined;
  };
  return logAnswer({ stream, first, written, goesOn }, cluster);
}

function containerOf(pod: JsonObject, asked: string | null): string {
  const { init, main } = containersOf(pod);
  const names = [...main, ...init].map(nameOf);
  const [only, ...others] = main.map(nameOf);
  if (asked === null && others.length > 0) {
    throw new Refusal(
      "BadRequest",
      `a container name must be specified for pod ${placeOf(pod).name}, choose one of: [${names.join(" ")}]`,
    );
  }
  const name = asked ?? only ?? "";
  if (names.includes(name)) return name;
  throw new Refusal("BadRequest", `container ${name} is not valid for pod ${placeOf(pod).name}`);
}

function stateOf(pod: JsonObject, container: string): JsonObject {
  const status = containerStatuses(pod).find(({ name }) => name === container);
  return status === undefined ? { waiting: { reason: "ContainerCreating" } } : mapping(status["state"]);
}

function chosen(lines: readonly OutputLine[], query: URLSearchParams): readonly OutputLine[] {
  const tail = count(query.get("tailLines"));
  return tail === null ? lines : lines.slice(Math.max(0, lines.length - tail));
}

function count(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function writer(hasTimes: boolean): (line: OutputLine) => string {
  return ({ at, text }) => `${hasTimes ? `${new Date(at).toISOString()} ` : ""}${text}\n`;
}
