/**
 * How the containers of a task or a pod are brought to life. The real one starts subprocesses; tests and simulations have their
 * own.
 *
 * @module
 */

/** A container about to start. */
export interface ContainerStart {
  /** Id of the task, or of the pod. */
  readonly taskId: string;
  /** Stream of its output: `<container>/<task id>`. */
  readonly name: string;
  readonly image: string;
  /** Entry point and command. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A container that runs. */
export interface RunningContainer {
  /** The stop signal asks, `SIGKILL` ends. */
  readonly signal: (name: "SIGTERM" | "SIGKILL") => void;
}

/** Brings containers to life. */
export interface Launcher {
  /** Null when the image can be run, else why not, as a part of a sentence. */
  readonly refuses: (image: string) => string | null;
  /**
   * Starts a container; `onExit` is called once, never before this returns.
   *
   * @throws {Error} when it cannot be started; the message becomes the container's reason
   */
  readonly start: (container: ContainerStart, onExit: (exitCode: number) => void) => RunningContainer;
  /** Ends what an earlier start of the sandbox left behind of a task. */
  readonly endLeftover: (taskId: string) => void;
}
