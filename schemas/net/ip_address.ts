/**
 * Addresses of IP, whatever their spelling: `127.1`, `0x7f000001`, `[::ffff:7f00:1]` and `127.0.0.1` are one address.
 *
 * @module
 */

/** 4 bytes, or 16 for an address of IPv6. */
export type IpAddress = readonly number[];

const DOTTED = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** What would end the host of a URL, so that the rest would not be read. */
const NO_HOST = /[/?#@\\\s]/;

/**
 * Reads an address as URLs and the C library spell it: with a zone, in brackets, as integer, in hexadecimal, octal and short
 * forms.
 *
 * @returns undefined for a name
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  if (bare === "" || NO_HOST.test(bare)) return undefined;
  const isSix = bare.includes(":");
  const url = `http://${isSix ? `[${bare}]` : bare}/`;
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  if (isSix) return bytesOfSix(hostname.slice(1, -1));
  return DOTTED.test(hostname) ? hostname.split(".").map(Number) : undefined;
}

/** From the short form that URLs give: lower case, at most one `::`, no dots. */
function bytesOfSix(text: string): IpAddress {
  const [head = "", tail] = text.split("::");
  const first = groups(head);
  if (tail === undefined) return first;
  const last = groups(tail);
  return [...first, ...Array.from({ length: 16 - first.length - last.length }, () => 0), ...last];
}

function groups(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The address of IPv4 that an address is, if it is one, also as IPv6 maps it (`::ffff:a.b.c.d`). */
export function unmapped(address: IpAddress): IpAddress {
  const isMapped = address.length === 16 && address.slice(0, 10).every((byte) => byte === 0) &&
    address[10] === 0xff && address[11] === 0xff;
  return isMapped ? address.slice(12) : address;
}

/** One spelling for each address: equal addresses give equal texts. */
export function ipText(address: IpAddress): string {
  const plain = unmapped(address);
  if (plain.length === 4) return plain.join(".");
  const pairs = Array.from({ length: 8 }, (_, index) => {
    return ((plain[2 * index] ?? 0) << 8 | (plain[2 * index + 1] ?? 0)).toString(16);
  });
  return pairs.join(":");
}
