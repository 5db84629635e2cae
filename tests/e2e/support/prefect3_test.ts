/**
 * Tests with a real Prefect 3 server; where the package is missing they are ignored and say so.
 *
 * @module
 */

import { type Prefect3Site, type SiteOptions, withPrefect3Site } from "./prefect3_site.ts";

const isAnnounced = new Set<string>();

/** A test against the version that a variable names. */
export interface Prefect3Test extends SiteOptions {
  /** Variable that names the Python. @default PREFECT3_PYTHON */
  readonly variable?: string;
  readonly name: string;
  readonly work: (site: Prefect3Site) => Promise<void>;
}

/** Registers a test against the real server and the same against the sandbox's. */
export function prefect3Tests(test: Omit<Prefect3Test, "kind" | "variable">): void {
  prefect3Test(test);
  prefect3Test({ ...test, kind: "embedded", name: test.name.replace(/^worker:/, "worker, embedded API:") });
}

/** Registers the test. */
export function prefect3Test({ variable = "PREFECT3_PYTHON", name, work, ...options }: Prefect3Test): void {
  const python = Deno.env.get(variable) || undefined;
  if (python !== undefined) return Deno.test(name, () => withPrefect3Site(python, work, options));
  const missing = `${variable} does not name a Python with Prefect 3`;
  if (!isAnnounced.has(variable)) {
    isAnnounced.add(variable);
    Deno.stderr.writeSync(
      new TextEncoder().encode(`${missing}: the tests with the real server are ignored\n`),
    );
  }
  Deno.test({ name: `${name} (ignored: ${missing})`, ignore: true, fn: () => {} });
}
