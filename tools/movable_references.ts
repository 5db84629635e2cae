/**
 * Finds references to other people's code that may mean something else tomorrow: actions by tag or branch, images without a
 * digest, packages without an exact version or a checksum, and workflows with more rights than they need.
 *
 * @module
 */

/** An action in this repository, or another by the whole id of a commit; an image by its digest. */
const PINNED_ACTION = /^(?:\.\/.*|[\w.-]+\/[\w./-]+@[\da-f]{40}|docker:\/\/[^@\s]+@sha256:[\da-f]{64})$/;

const PINNED_IMAGE = /^[^@\s]+@sha256:[\da-f]{64}$/;

const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** What is wrong with a workflow, one sentence each. */
export function workflowFaults(text: string): readonly string[] {
  const plain = text.replaceAll(/^\s*#.*$/gm, "");
  return [
    ...valuesOf(plain, "uses").filter((uses) => !PINNED_ACTION.test(uses)).map((uses) =>
      `the action ${uses} is not pinned by the id of a commit`
    ),
    ...[...valuesOf(plain, "image"), ...valuesOf(plain, "container")]
      .filter((image) => image !== "" && !PINNED_IMAGE.test(image))
      .map((image) => `the image ${image} is not pinned by its digest`),
    ...valuesOf(plain, "runs-on").filter((runner) => /latest/.test(runner)).map((runner) =>
      `the runner ${runner} moves`
    ),
    ...permissionFaults(plain),
    ...commandFaults(plain),
  ];
}

/** Values of a key wherever it stands, in block and flow style. */
function valuesOf(text: string, key: string): readonly string[] {
  const pattern = new RegExp(`(?:^|[\\s{,-])["']?${key}["']?\\s*:[ \\t]*["']?([^\\s"',}]*)`, "gm");
  return [...text.matchAll(pattern)].map(([, value = ""]) => value);
}

function permissionFaults(text: string): readonly string[] {
  const [head = "", jobs = ""] = text.split(/^jobs:[ \t]*$/m);
  const names = [...jobs.matchAll(/^ {2}([\w-]+):/gm)].map(([, name = ""]) => name);
  const parts = jobs.split(/^ {2}[\w-]+:[^\n]*$/m).slice(1);
  const without = names.filter((_, at) => !/^ {4}permissions:[ \t]*$/m.test(parts[at] ?? ""));
  return [
    ...(/^permissions:[ \t]*\{\}[ \t]*$/m.test(head) ? [] : ["permissions: {} is missing at its top"]),
    ...(names.length === 0 ? ["it has no job that can be read"] : []),
    ...without.map((name) => `the job ${name} does not say its permissions`),
    ...(/\b(?:write|read)-all\b/.test(text) ? ["permissions of all kinds are given at once"] : []),
    ...(/\bpull_request_target\b/.test(text)
      ? ["pull_request_target gives foreign code the rights of this repository"]
      : []),
  ];
}

/** The first word behind these commands and their options is a package. */
const PACKAGE = /\b(?:npx|npm (?:install|i))(?:\s+-\S+)*\s+((?:@[\w-]+\/)?[a-z][\w.-]*)(?:@([^\s"']+))?/g;

/** Commands that fetch code by a name that moves, or let a text of somebody else's into a shell. */
function commandFaults(text: string): readonly string[] {
  const packages = [...text.matchAll(PACKAGE)].filter(([, , version = ""]) => !EXACT_VERSION.test(version));
  const expressions = commandsOf(text).flatMap((line) => line.match(/\$\{\{[^}]*\}\}/g) ?? []);
  return [
    ...(/\b(?:curl|wget)\b[^\n]*\|\s*(?:sudo\s+)?(?:ba|z)?sh\b/.test(text)
      ? ["it pipes a download into a shell"]
      : []),
    ...packages.map(([, name = ""]) => `the package ${name} has no exact version`),
    ...expressions.map((expression) => `the expression ${expression} stands in a command: pass it by env`),
  ];
}

/** The lines of all commands: that of `run:` and those below it that are indented further. */
function commandsOf(text: string): readonly string[] {
  const lines: string[] = [];
  let runAt: number | null = null;
  for (const line of text.split("\n")) {
    const indent = line.search(/\S/);
    if (runAt !== null && (indent < 0 || indent > runAt)) lines.push(line);
    else runAt = null;
    const run = /^(\s*(?:- )?)["']?run["']?:/.exec(line)?.[1];
    if (run === undefined) continue;
    runAt = run.length;
    lines.push(line);
  }
  return lines;
}

/** What is wrong with a Dockerfile. */
export function dockerfileFaults(text: string): readonly string[] {
  const stages = new Set<string>();
  const faults: string[] = [];
  for (const [, image = "", stage] of text.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim)) {
    if (!stages.has(image) && image !== "scratch" && !PINNED_IMAGE.test(image)) {
      faults.push(`the image ${image} is not pinned by its digest`);
    }
    if (stage !== undefined) stages.add(stage);
  }
  for (const [, image = ""] of text.matchAll(/^COPY\s+--from=(\S+)/gim)) {
    if (!stages.has(image) && !/^\d+$/.test(image) && !PINNED_IMAGE.test(image)) {
      faults.push(`the image ${image} is not pinned by its digest`);
    }
  }
  if (/^ADD\s+(?:--\S+\s+)*(?:https?|git)/im.test(text)) faults.push("it adds what an address gives");
  return faults;
}

/** What the configuration of Deno holds, as far as it matters here. */
export interface DenoConfiguration {
  readonly imports: Readonly<Record<string, string>>;
  readonly lock?: unknown;
}

/** The lock file, as far as it matters here. */
export interface LockFile {
  readonly specifiers?: Readonly<Record<string, string>>;
  readonly npm?: Readonly<Record<string, { readonly integrity?: string }>>;
  readonly jsr?: object;
  readonly remote?: Readonly<Record<string, string>>;
}

/** What is wrong with the import map and the lock file. */
export function importFaults({ imports, lock }: DenoConfiguration, locked: LockFile): readonly string[] {
  const { specifiers = {}, npm = {} } = locked;
  return [
    ...(JSON.stringify(lock) === '{"frozen":true}' ? [] : ["the lock file is not frozen"]),
    ...Object.entries(imports).filter(([, target]) => !isExact(target)).map(([name, target]) =>
      `${name} is mapped to ${target}, which is no exact version`
    ),
    ...Object.entries(imports).filter(([, target]) => specifiers[plainSpecifier(target)] === undefined).map((
      [name],
    ) => `${name} is not in the lock file`),
    ...Object.entries(npm).filter(([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/.test(integrity)).map((
      [name],
    ) => `${name} has no SHA-512 in the lock file`),
  ];
}

function isExact(target: string): boolean {
  return EXACT_VERSION.test(plainSpecifier(target).replace(/^npm:(?:@[\w-]+\/)?[\w.-]+@/, ""));
}

/** `npm:/elkjs@0.12.1/` as `npm:elkjs@0.12.1`. */
function plainSpecifier(target: string): string {
  return target.replace(/^npm:\//, "npm:").replace(/\/$/, "");
}
