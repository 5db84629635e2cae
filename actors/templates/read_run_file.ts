/**
 * Reads a template that a flow run names on this machine.
 *
 * @module
 */

import { BOUNDS } from "../../schemas/bounds/bounds.ts";
import type { TemplateSettings } from "../../schemas/templates/template_options.ts";
import { isBelowFolder } from "../../schemas/templates/template_place.ts";
import type { Locate } from "../../schemas/options/typed_path.ts";
import type { Reading } from "../../schemas/plan/source.ts";
import type { RunFiles } from "../files/read_regular_file.ts";
import { notListed, textReading, tooLongTemplate, unreadable } from "./run_source_failures.ts";

/** What {@link readRunFile} needs. */
export interface RunFileDeps {
  readonly files: RunFiles;
  readonly settings: TemplateSettings;
  /** Absolute path of a folder that the operator lists. */
  readonly locate: Locate;
  /** `HOME`, for `~`. */
  readonly env: Readonly<Record<string, string>>;
}

/** @throws {FailureError} `configuration` */
export async function readRunFile(
  path: string,
  { files, settings, env, locate }: RunFileDeps,
  signal: AbortSignal,
): Promise<Reading> {
  const folders = await realFolders(settings, files, locate);
  const read = await files.read({
    path: atHome(path, env),
    maxBytes: BOUNDS.template.most,
    ...(folders === null ? {} : { mayRead: (real) => folders.some((folder) => isBelowFolder(real, folder)) }),
  }, signal);
  switch (read.outcome) {
    case "read":
      return textReading(read.bytes);
    case "tooLong":
      throw tooLongTemplate();
    case "refused":
    case "unreadable":
      throw folders === null ? unreadable() : notListed();
  }
}

/** Folders that runs may name files of, without symbolic links; null: all. */
async function realFolders(
  { places }: TemplateSettings,
  { realPath }: RunFiles,
  locate: Locate,
): Promise<readonly string[] | null> {
  if (places === null) return null;
  const named = places.flatMap((place) => place.kind === "folder" ? [locate(place.path)] : []);
  const real = await Promise.all(named.map(realPath));
  return real.filter((path) => path !== null);
}

function atHome(path: string, env: RunFileDeps["env"]): string {
  return path === "~" || path.startsWith("~/") ? `${env["HOME"] ?? ""}${path.slice(1)}` : path;
}
