/**
 * Where the fields of both requests came from.
 *
 * @module
 */

import type { JsonObject } from "../../../schemas/json/json.ts";
import { filledText, isFilled, mapping, mappings } from "../../../schemas/json/shape.ts";
import type { FieldSource } from "../../../schemas/plan/field_source.ts";
import type { FieldSources } from "../../../schemas/plan/sourced_request.ts";
import type { Job } from "./job.ts";

const DEFAULT: FieldSource = { from: "default", name: "worker" };
const NETWORK: FieldSource = { from: "platform", name: "VPC" };

/** Members of the configuration that become members of a request whole. */
const PLACES: readonly (readonly [string, string])[] = [
  ["/task_definition", "/registerTaskDefinition"],
  ["/task_run_request", "/runTask"],
  ["/network_configuration", "/runTask/networkConfiguration/awsvpcConfiguration"],
  ["/cluster", "/runTask/cluster"],
];

/** The requests as they are planned. */
interface Planned {
  readonly definition: JsonObject;
  readonly runTask: JsonObject;
}

/** Worked out when it is asked for: only an explanation asks. */
export function planSources({ configuration }: Job, planned: Planned): FieldSources {
  return () => {
    const stated = Object.entries(configuration.sources());
    const known = new Map(stated);
    const isInferred = !isFilled(configuration.networkConfiguration) &&
      !isFilled(configuration.taskRunRequest["networkConfiguration"]);
    const places = isInferred ? PLACES.filter(([from]) => from !== "/network_configuration") : PLACES;
    const moved = stated.flatMap(([pointer, source]) =>
      places.filter(([from]) => pointer === from || pointer.startsWith(`${from}/`))
        .map(([from, to]): [string, FieldSource] => [to + pointer.slice(from.length), source])
    );
    return {
      "/registerTaskDefinition": DEFAULT,
      "/runTask": DEFAULT,
      ...(isInferred ? { "/runTask/networkConfiguration": NETWORK } : {}),
      ...Object.fromEntries(moved),
      ...variableSources(planned.runTask, known),
      ...tagSources(planned.runTask, known),
    };
  };
}

function variableSources(
  runTask: JsonObject,
  known: ReadonlyMap<string, FieldSource>,
): Record<string, FieldSource> {
  const containers = mappings(mapping(runTask["overrides"])["containerOverrides"]);
  const rows = containers.flatMap((container, at) =>
    mappings(container["environment"]).flatMap(({ name }, index): [string, FieldSource][] => {
      const source = known.get(`/env/${escaped(filledText(name) ?? "")}`) ?? known.get("/env");
      const pointer = `/runTask/overrides/containerOverrides/${at}/environment/${index}`;
      return source === undefined ? [] : [[pointer, source]];
    })
  );
  return Object.fromEntries(rows);
}

function tagSources(
  runTask: JsonObject,
  known: ReadonlyMap<string, FieldSource>,
): Record<string, FieldSource> {
  const rows = mappings(runTask["tags"]).flatMap(({ key }, index): [string, FieldSource][] => {
    const source = known.get(`/labels/${escaped(filledText(key) ?? "")}`) ?? known.get("/labels");
    return source === undefined ? [] : [[`/runTask/tags/${index}`, source]];
  });
  return Object.fromEntries(rows);
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
