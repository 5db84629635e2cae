/**
 * Amounts of CPU and memory as Kubernetes writes them.
 *
 * @see kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity
 * @module
 */

/** What is accepted, for messages. */
export const QUANTITIES = "a quantity such as 500m, 2 or 1.5Gi";

const FORM = /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Longest text that is looked at: no amount needs more. */
const LONGEST = 64;

/** Powers of ten beyond this are no amounts. */
const MOST_POWER = 300;

const BINARY = "KMGTPE";

/** The power of ten of each suffix. */
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** Finest part of a CPU or byte that Kubernetes keeps, as a power of ten. */
const FINEST = 9;

/**
 * The amount in billionths of a CPU or byte; undefined for what is no quantity, or below 0. As in Kubernetes, what is finer is
 * rounded up.
 */
export function amountOf(quantity: string): bigint | undefined {
  const [, sign, whole = "", part = "", only = "", suffix = ""] = quantity.length > LONGEST
    ? []
    : FORM.exec(quantity) ?? [];
  if (sign === undefined) return undefined;
  const fraction = part + only;
  const digits = BigInt(whole + fraction);
  const power = powerOf(suffix) - fraction.length + FINEST;
  if (Math.abs(power) > MOST_POWER || (sign === "-" && digits > 0n)) return undefined;
  const scaled = digits * binaryFactorOf(suffix);
  return power >= 0 ? scaled * 10n ** BigInt(power) : roundedUp(scaled, 10n ** BigInt(-power));
}

/** Thousandths that hold an amount, rounded up: 1000 for one CPU. */
export function milliOf(amount: bigint): bigint {
  return roundedUp(amount, 10n ** 6n);
}

/** Whole units that hold an amount, rounded up: bytes. */
export function wholeOf(amount: bigint): bigint {
  return roundedUp(amount, 10n ** 9n);
}

function roundedUp(amount: bigint, unit: bigint): bigint {
  return (amount + unit - 1n) / unit;
}

function powerOf(suffix: string): number {
  if (/^[eE][+-]?\d/.test(suffix)) return Number(suffix.slice(1));
  return DECIMAL[suffix] ?? 0;
}

function binaryFactorOf(suffix: string): bigint {
  return suffix.endsWith("i") ? 1024n ** BigInt(BINARY.indexOf(suffix.slice(0, 1)) + 1) : 1n;
}
