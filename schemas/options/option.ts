/**
 * How a command-line option is described once: the parser, the usage text and the option tables in `docs/` are all
 * made from these rows.
 *
 * Three words are kept apart. An *option* is what is typed, as text, and its row says what may be typed. The
 * *configuration* is what files and environment variables say. A *setting* is the value that both result in, checked
 * and in the unit that the program works with. A file `…_options.ts` holds rows and how they become settings, a file
 * `…_option_rows.ts` rows alone, a file `…_settings.ts` settings alone.
 *
 * @module
 */

/** One option, or one `key=value` pair. */
export interface OptionRow {
  /** Without dashes: `agent-address`. For a pair its key: `networkMode`. */
  readonly name: string;
  /** One letter, without dash. */
  readonly short?: string;
  /** Environment variable that says the same, exactly as it is spelled. */
  readonly variable?: string;
  /** `list`: repeatable. `flag`: takes no value. `port`: 0 to 65535. */
  readonly type: "text" | "integer" | "number" | "port" | "flag" | "list" | "choice" | "structure";
  /** Accepted values of a `choice`; case does not matter. */
  readonly choices?: readonly string[];
  /** Shown in the usage text, e.g. `PATH`. */
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

/** Values of options by name, as typed. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What a flavour reads its own settings from. Values are still text, as they were typed. */
export interface RawOptions {
  readonly values: OptionValues;
  /** `key=value` pairs in order. */
  readonly pairs: readonly (readonly [string, string])[];
  /** The process environment. */
  readonly env: Readonly<Record<string, string>>;
}
