/**
 * Where the settings of Prefect are found: the environment, `.env` of the working folder, `prefect.toml`, `pyproject.toml`, and the
 * profile that is in use. The first that names a setting counts.
 *
 * @see Prefect 3.9.1, "Settings and profiles"
 * @module
 */

import { scalarText } from "../../options/scalar_text.ts";
import { escaped, usageError } from "../../options/usage_error.ts";
import type { PyValue } from "../../python/value.ts";
import { readToml, type TomlEntry } from "../../toml/toml_entries.ts";
import { readDotenv } from "./dotenv.ts";
import { fromPath, settingName, tableKey } from "./setting_names.ts";

/** What settings are read from. */
export interface SettingSources {
  readonly env: Readonly<Record<string, string>>;
  /** Reads a file; null when there is none. A relative path counts from the working folder, `~` is the home folder. */
  readonly readText: (path: string) => string | null;
  /** `--profile`; null: not given. */
  readonly profile: string | null;
}

/** A setting that is set somewhere. */
export interface FoundSetting {
  /** Its present name. */
  readonly name: string;
  /** Without white space around it, never empty. */
  readonly text: string;
  /** `environment`, `.env`, `prefect.toml, line 3`, `profile NAME`. */
  readonly from: string;
}

/** All that is set. */
export interface FoundSettings {
  readonly all: ReadonlyMap<string, FoundSetting>;
  /** What the user should be told. */
  readonly warnings: readonly string[];
}

type Source = readonly FoundSetting[];

/**
 * Reads every source.
 *
 * @throws {FailureError} `usage` for a file that is not TOML, naming its line, and for a profile that `--profile` names in vain
 */
export function findSettings(sources: SettingSources): FoundSettings {
  const { env, readText } = sources;
  const dotenv = readText(".env");
  const first = [
    fromVariables(Object.entries(env), "environment"),
    dotenv === null ? [] : fromVariables(readDotenv(dotenv, env), ".env"),
    fromToml(tomlOf("prefect.toml", readText), "prefect.toml", []),
    fromToml(tomlOf("pyproject.toml", readText), "pyproject.toml", ["tool", "prefect"]),
  ].flat();
  const all = new Map<string, FoundSetting>();
  keepFirst(all, first);
  const profile = profileOf(sources, all);
  keepFirst(all, profile.settings);
  return { all, warnings: profile.warnings };
}

function keepFirst(all: Map<string, FoundSetting>, source: Source): void {
  for (const found of source) if (!all.has(found.name)) all.set(found.name, found);
}

/** Of a setting's names the present one counts before an earlier one. */
function fromVariables(entries: Iterable<readonly [string, string]>, from: string): Source {
  const found = [...entries].flatMap(([given, value]): (FoundSetting & { isPresent: boolean })[] => {
    const name = settingName(given);
    const text = scalarText(value);
    return name === null || text === ""
      ? []
      : [{ name, text, from, isPresent: name === given.toUpperCase() }];
  });
  return found.toSorted((a, b) => Number(b.isPresent) - Number(a.isPresent))
    .map(({ name, text }) => ({ name, text, from }));
}

function tomlOf(path: string, readText: SettingSources["readText"]): readonly TomlEntry[] {
  const text = readText(path);
  return text === null ? [] : readToml(text, path);
}

function fromToml(entries: readonly TomlEntry[], file: string, header: readonly string[]): Source {
  const tables = new Map<string, Record<string, string>>();
  const found = entries.flatMap(({ path, value, line }): FoundSetting[] => {
    if (!header.every((part, at) => path[at] === part)) return [];
    const own = path.slice(header.length);
    const text = textOf(value);
    const inTable = tableKey(own);
    if (inTable !== null) {
      const table = tables.get(inTable.name) ?? {};
      tables.set(inTable.name, { ...table, [inTable.key]: text });
      return [];
    }
    const name = settingName(fromPath(own));
    const from = line === null ? file : `${file}, line ${line}`;
    return name === null || text === "" ? [] : [{ name, text, from }];
  });
  const whole = [...tables].map(([name, table]) => ({ name, text: JSON.stringify(table), from: file }));
  return [...found, ...whole];
}

/** A value as a variable would say it. */
function textOf(value: PyValue): string {
  switch (value.kind) {
    case "str":
      return scalarText(value.value);
    case "bool":
      return value.value ? "True" : "False";
    case "int":
      return value.digits;
    case "float":
      return String(value.value);
    case "list":
      return value.items.map(textOf).join(",");
    case "datetime":
      return value.iso;
    default:
      return "";
  }
}

interface Profile {
  readonly settings: Source;
  readonly warnings: readonly string[];
}

/** A name that only the environment or the file gives in vain is a warning, as it is for Prefect. */
function profileOf({ env, readText, profile }: SettingSources, set: FoundSettings["all"]): Profile {
  const path = profilesPath(set);
  const entries = tomlOf(path, readText);
  const active = entries.find(({ path }) => path.length === 1 && path[0] === "active");
  const wanted = profile ?? scalarText(env["PREFECT_PROFILE"] ?? "");
  const name = wanted === "" ? textOf(active?.value ?? { kind: "none" }) : wanted;
  if (name === "") return { settings: [], warnings: [] };
  const names = profileNames(readText(path) ?? "", entries);
  if (names.has(name)) return { settings: fromProfile(entries, name), warnings: [] };
  const known = [...names].slice(0, 20).map((known) => escaped(known)).join(", ");
  const message = `There is no profile '${escaped(name)}' in ${path}: ` +
    (known === "" ? "it has none" : `it has ${known}`);
  if (profile !== null) throw usageError(`Cannot use --profile. ${message}`);
  return { settings: [], warnings: [`${message}; no profile is used`] };
}

/** Profiles with settings, and empty ones, whose header is all that is there. */
function profileNames(text: string, entries: readonly TomlEntry[]): ReadonlySet<string> {
  const headers = [
    ...text.matchAll(/^[ \t]*\[[ \t]*profiles[ \t]*\.[ \t]*["']?([^\]"'\n]{1,200}?)["']?[ \t]*\]/gm),
  ];
  const filled = entries.filter(({ path }) => path[0] === "profiles" && path.length > 1);
  return new Set([...headers.map(([, name = ""]) => name), ...filled.map(({ path }) => path[1] ?? "")]);
}

function fromProfile(entries: readonly TomlEntry[], profile: string): Source {
  const own = entries.filter(({ path }) => path[0] === "profiles" && path[1] === profile);
  return fromVariables(
    own.map(({ path, value }) => [path.slice(2).join("_"), textOf(value)] as const),
    `profile ${profile}`,
  );
}

function profilesPath(set: FoundSettings["all"]): string {
  const home = set.get("PREFECT_HOME")?.text ?? "~/.prefect";
  const given = set.get("PREFECT_PROFILES_PATH")?.text;
  if (given !== undefined) return given.replace(/^\$PREFECT_HOME(?=\/|$)/, () => home);
  return `${home.replace(/\/+$/, "")}/profiles.toml`;
}
