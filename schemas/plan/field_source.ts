/**
 * Where the value of a field of a plan came from.
 *
 * @module
 */

/** Where the value of a field came from; shown by `explain`. */
export interface FieldSource {
  readonly from:
    | "flag"
    | "variable"
    | "file"
    | "run config"
    | "template"
    | "default"
    | "flow run"
    | "agent"
    | "deployment"
    | "block"
    /** A setting of the process, wherever it was found. */
    | "setting"
    /** Read from the platform, such as the network that a task gets by default. */
    | "platform";
  /** Name of the flag, variable, file or template; never a value. */
  readonly name: string;
  /** What comes from there may be secret: its values are never shown. */
  readonly isHidden?: true;
}
