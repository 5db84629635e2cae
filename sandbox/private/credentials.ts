/**
 * What a sandbox asks of whoever uses it. Signatures are not verified: the access key id itself is the secret.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { FailureError } from "../../schemas/failure/failure.ts";
import { newToken } from "../../schemas/guard/token.ts";
import { makePrivateFile, writePrivateFile } from "./private_files.ts";

/** 128 random bits each. */
export interface SandboxCredentials {
  /** For the local ECS and what goes with it. */
  readonly accessKeyId: string;
  /** For the Prefect API. */
  readonly apiKey: string;
}

const FILE = "credentials.json";

/** An access key id as AWS has them: `AKIA` and capitals, so that logs and pages hide it as one. */
export function newAccessKeyId(): string {
  return `AKIA${newToken().toUpperCase()}`;
}

const schema = v.object({
  accessKeyId: v.pipe(v.string(), v.regex(/^AKIA[0-9A-F]{32}$/)),
  apiKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
});

/**
 * The credentials of a data folder, made when there are none yet, in a file that only its owner may read.
 *
 * @throws {FailureError} `configuration` when the file is there and is not one of these
 */
export async function keptCredentials(dataDir: string): Promise<SandboxCredentials> {
  const path = join(dataDir, FILE);
  await makePrivateFile(path);
  const text = await readFile(path, "utf8");
  if (text !== "") return parsed(path, text);
  const credentials = { accessKeyId: newAccessKeyId(), apiKey: newToken() };
  await writePrivateFile(path, `${JSON.stringify(credentials, null, 2)}\n`);
  return credentials;
}

function parsed(path: string, text: string): SandboxCredentials {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    const message =
      `Cannot read the credentials of the sandbox in ${path}: expected an accessKeyId and an apiKey ` +
      "as the sandbox writes them; remove the file to get new ones";
    throw new FailureError({ tag: "configuration", field: "--data", message });
  }
}
