/**
 * Code that an agent does not need, each part loaded with its first use.
 *
 * `import(…)` with the path itself would run nothing earlier, but Deno would read, translate and keep all files behind it at
 * every start. A path that is resolved first is not seen before it is used. `tools/late_modules.ts` lists these files, so
 * that `deno cache` and `deno compile` take them along.
 *
 * @module
 */

/** What a file exports. */
export interface Late {
  readonly chainedSetting: typeof import("./chained_setting.ts");
  readonly demo: typeof import("./demo.ts");
  readonly explain: typeof import("./explain.ts");
  readonly inspect: typeof import("./inspect.ts");
  readonly inspection: typeof import("./wiring/inspection.ts");
  readonly install: typeof import("./install.ts");
  readonly jobEnvironment: typeof import("./job_environment.ts");
  readonly machines: typeof import("./machines.ts");
  readonly replay: typeof import("./replay.ts");
  readonly sandbox: typeof import("./sandbox.ts");
  readonly taskEnvironment: typeof import("./task_environment.ts");
  readonly trace: typeof import("./trace.ts");
  readonly validate: typeof import("./validate.ts");
}

/** Loads a file; the second time it is there already. */
export const late: { readonly [Name in keyof Late]: () => Promise<Late[Name]> } = {
  chainedSetting: () => import(import.meta.resolve("./chained_setting.ts")),
  demo: () => import(import.meta.resolve("./demo.ts")),
  explain: () => import(import.meta.resolve("./explain.ts")),
  inspect: () => import(import.meta.resolve("./inspect.ts")),
  inspection: () => import(import.meta.resolve("./wiring/inspection.ts")),
  install: () => import(import.meta.resolve("./install.ts")),
  jobEnvironment: () => import(import.meta.resolve("./job_environment.ts")),
  machines: () => import(import.meta.resolve("./machines.ts")),
  replay: () => import(import.meta.resolve("./replay.ts")),
  sandbox: () => import(import.meta.resolve("./sandbox.ts")),
  taskEnvironment: () => import(import.meta.resolve("./task_environment.ts")),
  trace: () => import(import.meta.resolve("./trace.ts")),
  validate: () => import(import.meta.resolve("./validate.ts")),
};
