/**
 * Which values of an environment are secret.
 *
 * @module
 */

/** Names of variables whose values are secret. */
const SECRET_VARIABLE = /secret|token|passw|api_?key|credential|access_key|authorization/i;

/** Values that must not be shown: those of variables with a secret name, and passwords of proxies. */
export function environmentSecrets(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (SECRET_VARIABLE.test(name)) return [value];
    const login = /\/\/([^/\s:@]+):([^/\s@]+)@/.exec(value);
    return login === null ? structured(name, value) : [login[2] ?? ""];
  });
}

/** Variables such as `PREFECT__CLOUD__AGENT__ENV_VARS` hold an environment of their own. */
function structured(name: string, value: string): readonly string[] {
  if (!/env_?vars$/i.test(name)) return [];
  return [...value.matchAll(/["']\s*:\s*["']([^"']+)["']/g)].map((match) => match[1] ?? "");
}
