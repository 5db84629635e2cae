/**
 * Who reads which source: what the operator's options name, and what flow runs name.
 *
 * @module
 */

import { makeReadRunSource } from "../../../actors/templates/read_run_source.ts";
import { makeReadSource, type ReadSourceDeps } from "../../../actors/ecs/read_source.ts";
import type { TemplateSettings } from "../../../schemas/templates/template_options.ts";
import type { ReadSource } from "../../../schemas/plan/source.ts";
import type { AskPorts } from "../platform.ts";

/** What {@link readerOf} needs. */
export interface ReaderDeps extends Omit<AskPorts, "redact"> {
  readonly aws: ReadSourceDeps["aws"];
  readonly templates: TemplateSettings;
}

/** Reads what options name with the operator's freedom, and what runs name within bounds. */
export function readerOf(
  { aws, call: http, forRuns, templates: settings, ...ports }: ReaderDeps,
): ReadSource {
  const readNamedByOptions = makeReadSource({ ...ports, aws, http });
  const readNamedByRun = makeReadRunSource({
    ...ports,
    ...forRuns,
    readS3Object: aws.readS3Object,
    http,
    settings,
  });
  return (source, signal) =>
    source.namedBy === "run" ? readNamedByRun(source, signal) : readNamedByOptions(source, signal);
}
