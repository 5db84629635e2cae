/**
 * Addresses that a flow run may not have the agent ask: they belong to the machine itself or to its link, where services
 * trust whoever reaches them. Private networks are not among them.
 *
 * @module
 * @see RFC 6890 and the IANA special-purpose address registries
 */

import { type IpAddress, parseIpAddress, unmapped } from "./ip_address.ts";

interface Block {
  /** Its first address. */
  readonly from: string;
  /** Leading bits that are the same in all its addresses. */
  readonly bits: number;
  /** In words, for messages. */
  readonly what: string;
}

const LOOPBACK = "a loopback address";
const LINK_LOCAL = "a link-local address";
const UNSPECIFIED = "an unspecified address";
const MULTICAST = "a multicast or reserved address";
const METADATA = "an address of a cloud's own services for its machines";

const BLOCKS: readonly Block[] = [
  { from: "0.0.0.0", bits: 8, what: UNSPECIFIED },
  { from: "127.0.0.0", bits: 8, what: LOOPBACK },
  { from: "169.254.0.0", bits: 16, what: LINK_LOCAL },
  { from: "224.0.0.0", bits: 3, what: MULTICAST },
  { from: "::", bits: 128, what: UNSPECIFIED },
  { from: "::1", bits: 128, what: LOOPBACK },
  { from: "fe80::", bits: 10, what: LINK_LOCAL },
  { from: "ff00::", bits: 8, what: MULTICAST },
  // What AWS serves at 169.254.0.0/16 to IPv4, and other clouds elsewhere.
  { from: "fd00:ec2::", bits: 32, what: METADATA },
  { from: "fd20:ce::254", bits: 128, what: METADATA },
  { from: "100.100.100.200", bits: 32, what: METADATA },
  { from: "192.0.0.192", bits: 32, what: METADATA },
  { from: "168.63.129.16", bits: 32, what: METADATA },
];

const JUDGED = BLOCKS.map((block) => ({ ...block, bytes: parseIpAddress(block.from) ?? [] }));

/**
 * Why an address may not be asked.
 *
 * @returns its kind in words, such as `a loopback address`; undefined: it may be asked
 */
export function refusedAddress(address: IpAddress): string | undefined {
  const plain = unmapped(address);
  const own = kindOf(plain);
  if (own !== undefined || plain.length === 4) return own;
  for (const inner of embedded(plain)) {
    const kind = kindOf(inner);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** Names that stand for loopback on every machine (RFC 6761). */
export function isLoopbackName(host: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(host);
}

function kindOf(address: IpAddress): string | undefined {
  return JUDGED.find(({ bytes, bits }) => isWithin(address, bytes, bits))?.what;
}

function isWithin(address: IpAddress, block: IpAddress, bits: number): boolean {
  if (address.length !== block.length) return false;
  return block.every((byte, index) => {
    const shared = Math.min(8, Math.max(0, bits - 8 * index));
    const shift = 8 - shared;
    return byte >> shift === (address[index] ?? 0) >> shift;
  });
}

/** Addresses of IPv4 to which an address of IPv6 may lead by translation or a tunnel. */
function embedded(address: IpAddress): readonly IpAddress[] {
  return [
    ...compatible(address),
    ...translated(address),
    ...(starts(address, [0x20, 0x02]) ? [address.slice(2, 6)] : []),
    ...teredo(address),
    // ISATAP, with and without the bit for globally unique addresses.
    ...(address[9] === 0 && address[10] === 0x5e && address[11] === 0xfe ? [address.slice(12)] : []),
  ];
}

/** `::a.b.c.d`, and `::ffff:0:a.b.c.d` of RFC 2765. */
function compatible(address: IpAddress): readonly IpAddress[] {
  const isOld = starts(address, new Array(12).fill(0));
  const isTranslated = starts(address, [...new Array(8).fill(0), 0xff, 0xff, 0, 0]);
  return isOld || isTranslated ? [address.slice(12)] : [];
}

/** NAT64: 64:ff9b::/96, and 64:ff9b:1::/48 with the places of RFC 6052 for its longer prefixes. */
function translated(address: IpAddress): readonly IpAddress[] {
  if (starts(address, [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])) return [address.slice(12)];
  if (!starts(address, [0, 0x64, 0xff, 0x9b, 0, 1])) return [];
  const inside = [6, 7, 8].map((at) => {
    const bytes = address.filter((_, index) => index !== 8);
    return { inner: bytes.slice(at, at + 4), rest: bytes.slice(at + 4) };
  });
  // Zeros in front are the prefix, not an address.
  const found = inside.filter(({ inner, rest }) => inner[0] !== 0 && isZero(rest));
  const last = address.slice(12);
  return [...(found.length > 0 && isZero(last) ? [] : [last]), ...found.map(({ inner }) => inner)];
}

/** The server in clear, the client with its bits turned (RFC 4380). */
function teredo(address: IpAddress): readonly IpAddress[] {
  if (!starts(address, [0x20, 0x01, 0, 0])) return [];
  return [address.slice(4, 8), address.slice(12).map((byte) => byte ^ 0xff)];
}

function isZero(bytes: IpAddress): boolean {
  return bytes.every((byte) => byte === 0);
}

function starts(address: IpAddress, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => address[index] === byte);
}
