/**
 * Reads job templates: those that the operator's options name, and those that flow runs bring along or name.
 *
 * @module
 */

import { makeAwsClients } from "../../../actors/ecs/clients.ts";
import { lastGood, type LastGoodDeps } from "../../../actors/templates/last_good.ts";
import { readPlace } from "../../../actors/templates/read_place.ts";
import { makeReadRunSource } from "../../../actors/templates/read_run_source.ts";
import type { Log } from "../../../schemas/contracts/log.ts";
import type { ReadSource } from "../../../schemas/plan/source.ts";
import { isGivenSource, isPlaceSource, type ReadS3Object } from "../../../schemas/templates/place_source.ts";
import type { TemplateSettings } from "../../../schemas/templates/template_options.ts";
import type { AskPorts } from "../platform.ts";

/** A reader, with what it keeps open. */
export interface TemplateReader {
  readonly read: ReadSource;
  readonly close: () => void;
}

/** What the options say about templates. */
export interface TemplateReaderSettings {
  readonly templates: TemplateSettings;
  /** What is wrong with a template of the operator; undefined: nothing. */
  readonly judge: LastGoodDeps["judge"];
}

/**
 * Makes it. A template of the operator that has become unreadable or broken leaves the last good one in force. Clients of AWS
 * are made with the first template on S3: most agents need none.
 */
export function templateReader(
  { templates, judge }: TemplateReaderSettings,
  ports: AskPorts & { readonly log: Log },
): TemplateReader {
  const { env, call: http, clock, redact, forRuns, log } = ports;
  let clients: ReturnType<typeof makeAwsClients> | null = null;
  const readS3Object: ReadS3Object = async (place, signal) => {
    clients ??= makeAwsClients({ env, http, clock, redact });
    return await (await clients).readS3Object(place, signal);
  };
  const byRun = makeReadRunSource({ ...ports, ...forRuns, readS3Object, http, settings: templates });
  const now: ReadSource = (source, signal) => {
    if (!isPlaceSource(source)) throw new RangeError(`Cannot read ${source.key}: no reader knows its kind`);
    return readPlace(source, { ...ports, readS3Object, http }, signal);
  };
  const byOption = lastGood({ read: now, judge, clock, log });
  return {
    read: (source, signal) => {
      if (isGivenSource(source)) return Promise.resolve({ kind: "text", text: source.text });
      return source.namedBy === "run" ? byRun(source, signal) : byOption(source, signal);
    },
    close: () => void clients?.then(({ close }) => close(), () => undefined),
  };
}
