/**
 * HTTP for the programs that the agent speaks to, with the certificate authorities that the user's environment names.
 *
 * @module
 */

import { readTextSync } from "../../actors/files/read_config_file.ts";
import { type CaVariable, type Http, makeHttp } from "../../actors/http/http.ts";
import type { Io } from "./io.ts";

/**
 * The Python programs stop when a file they are told to trust is not readable; OpenSSL and Node only warn.
 *
 * @see requests 2.x sessions.py (`REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`), botocore configprovider.py (`AWS_CA_BUNDLE`)
 */
const CA_VARIABLES: readonly CaVariable[] = [
  { name: "REQUESTS_CA_BUNDLE", required: true },
  { name: "CURL_CA_BUNDLE", required: true },
  { name: "AWS_CA_BUNDLE", required: true },
  { name: "SSL_CERT_FILE", required: false },
  { name: "NODE_EXTRA_CA_CERTS", required: false },
];

/**
 * Opens HTTP for a command. The Prefect API and the AWS SDK both use it, so that proxy and CA settings hold for both.
 *
 * @throws {FailureError} `configuration` when a CA file cannot be read or holds no certificate
 */
export function openHttp({ env, locate }: Pick<Io, "env" | "locate">): Http {
  return makeHttp({ env, readFile: (path) => readTextSync(locate(path)), caVariables: CA_VARIABLES });
}
