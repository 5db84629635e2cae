/**
 * A cluster on a clock that moves only when told to, whose containers are puppets of the test.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createContainerOutput } from "../../../sandbox/containers/container_output.ts";
import { seededRandom } from "../../../sandbox/ecs/seeded_random.ts";
import type { CountedRequest } from "../../../sandbox/http/request_counts.ts";
import { answerApi } from "../../../sandbox/kubernetes/api/answer.ts";
import { type Cluster, createCluster } from "../../../sandbox/kubernetes/cluster.ts";
import { startControllers } from "../../../sandbox/kubernetes/control/controllers.ts";
import type { Json, JsonObject } from "../../../schemas/json/json.ts";
import { mapping, mappings } from "../../../schemas/json/shape.ts";
import { type FakeClock, fakeClock } from "../../support/clock.ts";
import { type Puppet, type PuppetChoices, puppeteer } from "./puppets.ts";

export const TOKEN = "0123456789abcdef0123456789abcdef";
export const JOBS = "/apis/batch/v1/namespaces/default/jobs";
export const PODS = "/api/v1/namespaces/default/pods";
export const EVENTS = "/api/v1/namespaces/default/events";

/** Sends a request as it is. */
export type Send = (
  method: string,
  path: string,
  more?: { readonly body?: Json | string; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Response>;

/** The cluster and its strings. */
export interface LocalCluster extends Disposable {
  readonly cluster: Cluster;
  readonly clock: FakeClock;
  /** Containers in the order of their start. */
  readonly puppets: Puppet[];
  readonly requests: CountedRequest[];
  readonly send: Send;
  /** Sends a request that succeeds. */
  readonly ask: (method: string, path: string, body?: Json) => Promise<JsonObject>;
  /** Sends a request that is refused. @returns the Status */
  readonly refused: (method: string, path: string, body?: Json) => Promise<JsonObject>;
  /** Reasons and messages of all events about an object, in their order. */
  readonly told: (name: string) => readonly string[];
  /** The only pod that is there. */
  readonly pod: () => JsonObject;
}

/** A cluster that moves. */
export function localCluster(choices: PuppetChoices = {}): LocalCluster {
  const clock = fakeClock();
  const puppets: Puppet[] = [];
  const requests: CountedRequest[] = [];
  const launcher = puppeteer(choices, puppets, []);
  const cluster = createCluster({
    clock,
    random: seededRandom(7),
    launcher,
    output: createContainerOutput(),
  });
  const end = startControllers(cluster);
  const parts = {
    cluster,
    token: TOKEN,
    onRequest: (request: CountedRequest) => void requests.push(request),
  };
  const send: Send = (method, path, { body, headers = {} } = {}) =>
    answerApi(
      parts,
      new Request(`https://127.0.0.1${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
  const json = async (method: string, path: string, body?: Json) => {
    const response = await send(method, path, body === undefined ? {} : { body });
    const answer: JsonObject = await response.json();
    return { status: response.status, answer };
  };
  return {
    cluster,
    clock,
    puppets,
    requests,
    send,
    ask: async (method, path, body) => {
      const { status, answer } = await json(method, path, body);
      assert.ok(status < 300, JSON.stringify(answer));
      return answer;
    },
    refused: async (method, path, body) => {
      const { status, answer } = await json(method, path, body);
      assert.equal(status, answer["code"], JSON.stringify(answer));
      return answer;
    },
    told: (name) =>
      cluster.store.all("events")
        .filter(({ involvedObject }) => mapping(involvedObject)["name"] === name)
        .toSorted((one, other) => versionOf(one) - versionOf(other))
        .map(({ reason, message }) => `${String(reason)}: ${String(message)}`),
    pod: () => {
      const pods = cluster.store.all("pods");
      assert.equal(pods.length, 1, JSON.stringify(pods));
      return pods[0] ?? assert.fail();
    },
    [Symbol.dispose]: end,
  };
}

function versionOf(object: JsonObject): number {
  return Number(mapping(object["metadata"])["resourceVersion"]);
}

/** A Job of one container that succeeds or fails as its puppet does. */
export function jobOf(name: string, spec: JsonObject = {}, pod: JsonObject = {}): JsonObject {
  return {
    metadata: { name, labels: { app: "flows" } },
    spec: {
      ...spec,
      template: {
        metadata: { labels: { app: "flows" } },
        spec: { restartPolicy: "Never", containers: [{ name: "flow", image: "x:1" }], ...pod },
      },
    },
  };
}

/** Name of an object. */
export function nameOf(object: JsonObject): string {
  return String(mapping(object["metadata"])["name"]);
}

/** Phase of a pod. */
export function phaseOf(pod: JsonObject): Json | undefined {
  return mapping(pod["status"])["phase"];
}

/** Types of the conditions that hold, in their order. */
export function held(object: JsonObject): readonly string[] {
  return mappings(mapping(object["status"])["conditions"])
    .filter(({ status }) => status === "True")
    .map(({ type }) => String(type));
}
