/** Which addresses a run may not have the agent ask, in every spelling of them. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ipText, parseIpAddress } from "../../../schemas/net/ip_address.ts";
import { isLoopbackName, refusedAddress } from "../../../schemas/net/refused_address.ts";

const byte = fc.integer({ min: 0, max: 255 });
const v4 = (first: fc.Arbitrary<number>, second = byte) => fc.tuple(first, second, byte, byte);

const refusedV4 = fc.oneof(
  v4(fc.constant(0)),
  v4(fc.constant(127)),
  v4(fc.constant(169), fc.constant(254)),
  v4(fc.integer({ min: 224, max: 255 })),
);

const acceptedV4 = fc.oneof(
  v4(fc.constant(10)),
  v4(fc.constant(172), fc.integer({ min: 16, max: 31 })),
  v4(fc.constant(192), fc.constant(168)),
  v4(fc.integer({ min: 1, max: 9 })),
  v4(fc.constant(169), fc.integer({ min: 0, max: 253 })),
  v4(fc.integer({ min: 128, max: 167 })),
);

type V4 = readonly number[];

const hex = (bytes: V4) => bytes.map((one) => one.toString(16).padStart(2, "0"));
const pairs = (bytes: V4) => `${hex(bytes).slice(0, 2).join("")}:${hex(bytes).slice(2).join("")}`;
const whole = (bytes: V4) => bytes.reduce((sum, one) => sum * 256 + one, 0);
const at = (bytes: V4, index: number) => bytes[index] ?? 0;

/** Spellings that lead to an address of IPv4. */
const SPELLINGS: readonly ((bytes: V4) => string)[] = [
  (bytes) => bytes.join("."),
  (bytes) => `${bytes.join(".")}.`,
  (bytes) => String(whole(bytes)),
  (bytes) => `0x${whole(bytes).toString(16)}`,
  (bytes) => `0${whole(bytes).toString(8)}`,
  (bytes) => bytes.map((one) => `0x${one.toString(16)}`).join("."),
  (bytes) => bytes.map((one) => `0${one.toString(8)}`).join("."),
  (bytes) => `${at(bytes, 0)}.${whole([0, ...bytes.slice(1)])}`,
  (bytes) => `${at(bytes, 0)}.${at(bytes, 1)}.${whole([0, 0, ...bytes.slice(2)])}`,
  (bytes) => bytes.join(".").replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (bytes) => `[::ffff:${bytes.join(".")}]`,
  (bytes) => `[::FFFF:${pairs(bytes)}]`,
  (bytes) => `[0:0:0:0:0:ffff:${pairs(bytes)}]`,
  (bytes) => `[::ffff:0:${pairs(bytes)}]`,
  (bytes) => `[64:ff9b::${pairs(bytes)}]`,
  (bytes) => `[64:ff9b:1::${pairs(bytes)}]`,
  (bytes) => `[2002:${pairs(bytes)}::1]`,
  (bytes) => `[2001:0:${pairs(bytes)}::]`,
  (bytes) => `[2001:0:808:808:0:0:${pairs(bytes.map((one) => one ^ 0xff))}]`,
  (bytes) => `[2a00::5efe:${pairs(bytes)}]`,
  (bytes) => `[2a00::200:5efe:${pairs(bytes)}]`,
];

Deno.test("refused address: given a generated address that no run may name, when spelled in any way, then it is refused", () => {
  fc.assert(fc.property(refusedV4, fc.constantFrom(...SPELLINGS), (bytes, spell) => {
    const address = parseIpAddress(spell(bytes));

    assert.ok(address, spell(bytes));
    assert.ok(refusedAddress(address), spell(bytes));
  }));
});

Deno.test("refused address: given a generated public or private address, when spelled in any way, then it is accepted", () => {
  // The parts that such a spelling adds are addresses themselves, so only those are left out that are not accepted.
  const accepted = SPELLINGS.filter((spell) => !spell([10, 1, 2, 3]).startsWith("[2001:0:"));
  fc.assert(fc.property(acceptedV4, fc.constantFrom(...accepted), (bytes, spell) => {
    const address = parseIpAddress(spell(bytes));

    assert.ok(address, spell(bytes));
    assert.equal(refusedAddress(address), undefined, spell(bytes));
  }));
});

for (
  const [text, kind] of [
    ["[::]", /unspecified/],
    ["[::1]", /loopback/],
    ["::1", /loopback/],
    ["[0:0:0:0:0:0:0:1]", /loopback/],
    ["fe80::1%eth0", /link-local/],
    ["[febf:ffff::1]", /link-local/],
    ["[ff02::1]", /multicast/],
    ["[fd00:ec2::254]", /cloud/],
    ["[fd00:0ec2:0:0::253]", /cloud/],
    ["[64:ff9b:1:7f00:0:100::]", /loopback/],
    ["[64:ff9b:1:a9:fe:a9fe::]", /link-local/],
    ["100.100.100.200", /cloud/],
    ["255.255.255.255", /multicast or reserved/],
  ] as const
) {
  Deno.test(`refused address: given ${text}, when judged, then its kind is told`, () => {
    assert.match(refusedAddress(parseIpAddress(text) ?? []) ?? "", kind);
  });
}

for (
  const text of [
    "[64:ff9b:1:a00:0:100::]",
    "[fd12:3456::1]",
    "[2606:4700::1111]",
    "[fec0::1]",
    "100.64.0.1",
    "192.0.2.1",
  ]
) {
  Deno.test(`refused address: given ${text}, when judged, then it may be asked`, () => {
    assert.equal(refusedAddress(parseIpAddress(text) ?? []), undefined);
  });
}

Deno.test("IP address: given names and broken texts, when parsed, then they are no addresses", () => {
  const texts = [
    "",
    "host",
    "127.0.0.1.example",
    "1.2.3.4.5",
    "[::1",
    "::g",
    "127.0.0.1/8",
    "a@127.0.0.1",
    "[]",
  ];
  for (const text of texts) assert.equal(parseIpAddress(text), undefined, text);
});

Deno.test("IP address: given any address of IPv6, when written and read again, then it is the same", () => {
  fc.assert(fc.property(fc.ipV6(), (text) => {
    const address = parseIpAddress(text) ?? [];

    assert.deepEqual(ipText(parseIpAddress(ipText(address)) ?? []), ipText(address));
  }));
});

Deno.test("loopback name: given localhost and names below it, when asked, then they are loopback, others are not", () => {
  const asked = ["localhost", "LOCALHOST", "localhost.", "a.localhost", "notlocalhost", "localhost.example"];

  assert.deepEqual(asked.map(isLoopbackName), [true, true, true, true, false, false]);
});
