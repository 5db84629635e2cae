/**
 * The tag of a task whose definition is deregistered once the task has stopped.
 *
 * @module
 */

/** Spelled as on the wire. @see recorded: tests/golden/prefect3/random.json, tags of RunTask */
export const PASSING_TAG = "prefect.io/degregister-task-definition";
