/**
 * How a command-line option is described once: the parser, the usage text and the option tables in `docs/` are all
 * made from these rows.
 *
 * @module
 */

/** One option, or one `key=value` pair of the fargate flavour. */
export interface OptionSpec {
  /** Without dashes: `task-role-arn`. For a pair its key: `taskRoleArn`. */
  readonly name: string;
  /** One letter, without dash. */
  readonly short?: string;
  /** Environment variable that says the same, exactly as it is spelled. */
  readonly variable?: string;
  /** `list`: repeatable. `flag`: takes no value. `port`: 0 to 65535. */
  readonly type: "text" | "integer" | "number" | "port" | "flag" | "list" | "choice" | "structure";
  /** Accepted values of a `choice`; case does not matter. */
  readonly choices?: readonly string[];
  /** Shown in the usage text, e.g. `ARN`. */
  readonly metavar?: string;
  /** Value of an option that may be written without one; another one must then be joined to it by `=`. */
  readonly bare?: string;
  /** Unit of the value, e.g. `s`, `MiB`, `CPU units`. */
  readonly unit?: string;
  /** The default as shown in tables. */
  readonly default?: string;
  /** First Prefect release that had it, or `this agent`. */
  readonly since: string;
  /** One sentence. */
  readonly description: string;
  /** How ours differs from the original. */
  readonly note?: string;
}

/** Raw values by option name, before the flavour's schema parsed them. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What a flavour's option schema starts from. Values are still text, just as they were typed. */
export interface RawOptions {
  readonly values: OptionValues;
  /** `key=value` pairs in order (fargate). */
  readonly pairs: readonly (readonly [string, string])[];
  /** The process environment. */
  readonly env: Readonly<Record<string, string>>;
}
