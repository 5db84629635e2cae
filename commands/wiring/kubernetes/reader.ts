/**
 * Reads job templates: those that the operator's options name, and those that flow runs name.
 *
 * @module
 */

import { makeAwsClients } from "../../../actors/ecs/clients.ts";
import { readPlace } from "../../../actors/templates/read_place.ts";
import { makeReadRunSource } from "../../../actors/templates/read_run_source.ts";
import type { ReadSource } from "../../../schemas/plan/source.ts";
import { isPlaceSource, type ReadS3Object } from "../../../schemas/templates/place_source.ts";
import type { TemplateSettings } from "../../../schemas/templates/template_options.ts";
import type { AskPorts } from "../platform.ts";

/** A reader, with what it keeps open. */
export interface TemplateReader {
  readonly read: ReadSource;
  readonly close: () => void;
}

/** Makes it. Clients of AWS are made with the first template on S3: most agents need none. */
export function templateReader(
  { templates }: { readonly templates: TemplateSettings },
  ports: AskPorts,
): TemplateReader {
  const { env, call: http, clock, redact, forRuns } = ports;
  let clients: ReturnType<typeof makeAwsClients> | null = null;
  const readS3Object: ReadS3Object = async (place, signal) => {
    clients ??= makeAwsClients({ env, http, clock, redact });
    return await (await clients).readS3Object(place, signal);
  };
  const byRun = makeReadRunSource({ ...ports, ...forRuns, readS3Object, http, settings: templates });
  const byOption: ReadSource = (source, signal) => {
    if (!isPlaceSource(source)) throw new RangeError(`Cannot read ${source.key}: no reader knows its kind`);
    return readPlace(source, { ...ports, readS3Object, http }, signal);
  };
  return {
    read: (source, signal) => source.namedBy === "run" ? byRun(source, signal) : byOption(source, signal),
    close: () => void clients?.then(({ close }) => close(), () => undefined),
  };
}
