/**
 * Amounts of CPU and memory as Kubernetes writes them.
 *
 * @see kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity
 * @module
 */

/** What is accepted, for messages. */
export const QUANTITIES = "a quantity such as 500m, 2 or 1.5Gi";

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Longest text that is looked at: no amount needs more. */
const LONGEST = 64;

const BINARY = "KMGTPE";
const DECIMAL: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/** The amount in CPUs or bytes; undefined for what is no quantity, or below 0. */
export function amountOf(quantity: string): number | undefined {
  const [, number, suffix = ""] = quantity.length > LONGEST ? [] : FORM.exec(quantity) ?? [];
  if (number === undefined) return undefined;
  const amount = Number(number) * factorOf(suffix);
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

function factorOf(suffix: string): number {
  if (suffix.endsWith("i")) return 1024 ** (BINARY.indexOf(suffix.slice(0, 1)) + 1);
  if (/^[eE][+-]?\d/.test(suffix)) return Number(`1${suffix}`);
  return suffix === "" ? 1 : DECIMAL[suffix] ?? NaN;
}
