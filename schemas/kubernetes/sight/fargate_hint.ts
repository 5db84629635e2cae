/**
 * What to do about a pod that no node of AWS Fargate takes.
 *
 * @see EKS user guide, "AWS Fargate profile": namespace and all labels of one selector must fit
 * @module
 */

/** A pod's place and labels, which a profile selects by. */
export interface Selected {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
}

const TAINT = /eks\.amazonaws\.com\/compute-type:\s*fargate/;
const NO_NODES = /\bno nodes (?:are )?available\b/i;

/** Labels of each Job alone, which no profile can select by. */
const EACH_ITS_OWN = /^prefect\.io\//;

/** Most labels that are named. */
const MOST = 10;

/** A sentence for a scheduler's message that reads like a missing Fargate profile; empty: it does not. */
export function fargateHint(message: string, { namespace, podLabels }: Selected): string {
  const isTaint = TAINT.test(message);
  if (!isTaint && !NO_NODES.test(message)) return "";
  const labels = Object.entries(podLabels).filter(([name]) => !EACH_ITS_OWN.test(name)).slice(0, MOST);
  const named = labels.length === 0
    ? "without labels, since its pods have none that a profile could select by (--pod-label sets some)"
    : `with no labels but ${labels.map(([name, value]) => `${name}=${value}`).join(", ")}`;
  return `. ${
    isTaint ? "All nodes that are left are of Fargate" : "On EKS with Fargate"
  }: a Fargate profile takes ` +
    `this pod if one of its selectors has namespace ${namespace} and is ${named}. Make one, then start the run ` +
    "again: a pod that was pending before is never taken up";
}
