/**
 * Golden cases about the command line and the settings, read from the committed files.
 *
 * @module
 */

/** What the cases of `cli`, `init` (ecs) and `cli`, `agent_cli` (fargate) have in common. */
export interface SettingsCase {
  readonly id: string;
  readonly source: string;
  readonly quirk?: string;
  readonly verdict?: string;
  readonly agent: {
    readonly argv: readonly string[] | null;
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
  };
  // deno-lint-ignore no-explicit-any
  readonly expect: any; // recorded JSON, of many shapes
}

/** Reads one group. */
export function settingsCases(group: string): readonly SettingsCase[] {
  const url = new URL(`../../golden/${group}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)).cases;
}

/** The files of a case, as `resolveSettings` reads them. */
export function fileReader(testCase: SettingsCase): (path: string) => string | null {
  const files = new Map(
    Object.entries(testCase.agent.files ?? {}).map(([path, text]) => [path.replace(/^~/, HOME), text]),
  );
  return (path) => files.get(path) ?? null;
}

/** Home directory of every case. */
export const HOME = "/home/agent";

/** The environment of a case. */
export function environment(testCase: SettingsCase): Readonly<Record<string, string>> {
  return { HOME, ...testCase.agent.env };
}
