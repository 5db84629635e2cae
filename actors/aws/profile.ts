/**
 * The shared files of the AWS tools, `~/.aws/config` and `~/.aws/credentials`, as far as this program reads them itself.
 *
 * @module
 */

import { parseKnownFiles } from "@smithy/core/config";
import { FailureError } from "../../schemas/failure/failure.ts";

/** One section of the merged files. */
export type AwsSection = Readonly<Record<string, string | undefined>>;

/** Both files merged, and which profile counts. */
export interface AwsProfiles {
  readonly name: string;
  /** Named by `AWS_PROFILE`, so that it has to exist. */
  readonly named: boolean;
  readonly sections: Readonly<Record<string, AwsSection>>;
  /** Where the files are, for SDK calls that read them again; empty when no home folder is known. */
  readonly files: { readonly filepath?: string; readonly configFilepath?: string };
}

/**
 * Reads both files; absent ones count as empty.
 *
 * @param env `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `HOME`
 * @throws {FailureError} `credentials` when the profile that was named does not exist
 * @see botocore 1.43 configprovider.py: the names and their order
 */
export async function readAwsProfiles(env: Readonly<Record<string, string>>): Promise<AwsProfiles> {
  const given = env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"] || "";
  const files = {
    ...placed("filepath", env["AWS_SHARED_CREDENTIALS_FILE"], "credentials", env),
    ...placed("configFilepath", env["AWS_CONFIG_FILE"], "config", env),
  };
  const sections = await parseKnownFiles({ ...files, ignoreCache: true });
  const profiles = { name: given || "default", named: given !== "", sections, files };
  if (profiles.named && sections[given] === undefined) throw unknownProfile(profiles);
  return profiles;
}

/** The chosen profile, empty when there is none. */
export function chosenProfile({ name, sections }: AwsProfiles): AwsSection {
  return sections[name] ?? {};
}

/** Whether the chosen profile says where credentials come from. */
export function hasCredentials(section: AwsSection): boolean {
  const { role_arn, aws_access_key_id, credential_process } = section;
  const sso = section["sso_session"] ?? section["sso_start_url"] ?? section["login_session"];
  return [role_arn, aws_access_key_id, credential_process, sso].some((value) => value !== undefined);
}

/** Keys and tokens of all sections: one profile may take its credentials from others. */
export function profileSecrets({ sections }: Pick<AwsProfiles, "sections">): readonly string[] {
  return Object.values(sections).flatMap((section) =>
    Object.entries(section).flatMap(([name, value]) => SECRET_ENTRY.test(name) && value ? [value] : [])
  );
}

const SECRET_ENTRY = /secret_access_key$|session_token$|security_token$/;

/**
 * The profile whose credentials would come from an external program, followed through `source_profile`; null when no
 * program is involved.
 */
export function processProfile({ name, sections }: AwsProfiles): string | null {
  const seen = new Set<string>();
  let current = name;
  while (!seen.has(current)) {
    seen.add(current);
    const section = sections[current] ?? {};
    const source = section["role_arn"] === undefined ? undefined : section["source_profile"];
    if (source === undefined) return startsProcess(section) ? current : null;
    current = source;
  }
  return null;
}

/** The SDK asks the program only where nothing else in the section gives credentials. */
function startsProcess(section: AwsSection): boolean {
  const other = section["aws_access_key_id"] ?? section["role_arn"];
  return section["credential_process"] !== undefined && other === undefined;
}

function placed<K extends "filepath" | "configFilepath">(
  key: K,
  given: string | undefined,
  file: string,
  env: Readonly<Record<string, string>>,
): { readonly [P in K]?: string } | Record<never, never> {
  const home = env["HOME"] || env["USERPROFILE"] || "";
  if (given) return { [key]: home === "" ? given : given.replace(/^~(?=\/)/, home) };
  return home === "" ? {} : { [key]: `${home}/.aws/${file}` };
}

function unknownProfile({ name, sections }: AwsProfiles): FailureError {
  const known = Object.keys(sections).filter((section) => !section.includes("."));
  const list = known.length === 0
    ? "the shared files name no profile"
    : `known profiles: ${known.join(", ")}`;
  const message = `Cannot use the AWS profile ${name}: there is no such profile, ${list}; ` +
    "correct AWS_PROFILE or add the profile to ~/.aws/config";
  return new FailureError({ tag: "credentials", message });
}
