/**
 * Names of events as people read them.
 *
 * @module
 */

/** Events of actors read better without the library's prefix: `claimRun done`. */
export function eventLabel(label: string): string {
  if (label === "") return "always";
  return label.replace(/^xstate\.done\.actor\.(.+)$/, "$1 done").replace(
    /^xstate\.error\.actor\.(.+)$/,
    "$1 failed",
  )
    .replace(/^xstate\.after\.([^.]+)\..+$/, "after $1").replace(/^xstate\.init$/, "start").replaceAll(
      "*",
      "any run",
    );
}
