/**
 * The settings in the usage text: what each means, its default, and where the one in force came from.
 *
 * @module
 */

import { escaped } from "../../options/usage_error.ts";
import { isSecretSetting } from "./setting_names.ts";
import { settingRows } from "./setting_rows.ts";
import type { FoundSetting, FoundSettings } from "./setting_sources.ts";

/** Longest value that is shown whole. */
const SHOWN = 80;

/** Lines for people; no value of a secret. */
export function settingsHelp({ all, warnings }: FoundSettings): readonly string[] {
  return [
    "",
    "Settings, first found wins: environment, .env, prefect.toml, pyproject.toml ([tool.prefect]), profile:",
    ...settingRows.flatMap(({ name, description, default: otherwise = "none" }) => {
      const found = all.get(name);
      return [
        `  ${name}`,
        `      ${description} (default: ${otherwise})`,
        ...(found === undefined ? [] : [`      in force: ${shown(found)}, from ${escaped(found.from)}`]),
      ];
    }),
    ...others(all),
    ...warnings,
  ];
}

/** Settings that only the containers read. */
function others(all: FoundSettings["all"]): readonly string[] {
  const known = new Set(settingRows.map(({ name }) => name));
  const rest = [...all.values()].filter(({ name }) => !known.has(name));
  if (rest.length === 0) return [];
  return [
    "",
    "Other settings that are set:",
    ...rest.map((found) => `  ${found.name}: ${shown(found)}, from ${escaped(found.from)}`),
  ];
}

function shown({ name, text }: FoundSetting): string {
  if (isSecretSetting(name)) return "(secret)";
  // An address may hold a password.
  const bare = text.replace(/^(\w+:\/\/)[^/?#]*@/, "$1");
  return bare.length <= SHOWN ? escaped(bare) : `${escaped(bare.slice(0, SHOWN))}…`;
}
