import assert from "node:assert/strict";
import fc from "fast-check";
import { pythonReprOf } from "../../../schemas/python/repr.ts";
import { plainTag, scalarValue, shortTag } from "../../../schemas/yaml/scalar.ts";

function shown(text: string): string {
  const value = scalarValue(plainTag(text), text);
  return value === undefined ? "refused" : pythonReprOf(value);
}

// Plain scalars and the repr() of what PyYAML 6.0.3 reads.
const TYPED: Readonly<Record<string, readonly string[]>> = {
  True: ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"],
  False: ["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"],
  None: ["", "~", "null", "Null", "NULL"],
  "0": ["0", "-0", "+0", "00", "0b0", "0x0", "0_0"],
  "8": ["8", "+8", "010", "0b1000", "0x8", "0_1_0", "8_"],
  "-8": ["-8", "-010", "-0b1000", "-0x8"],
  "1000": ["1000", "1_000", "1__000_"],
  "255": ["0xff", "0xFF", "0xF_f", "4:15"],
  "750": ["12:30", "+12:30"],
  "-90": ["-1:30"],
  "685230": ["190:20:30"],
  "685230.15": ["190:20:30.15"],
  "12345678901234567890": ["12345678901234567890", "12_345_678_901_234_567_890"],
  "1.0": ["1.0", "1.", "+1.0", "1_.0_"],
  "0.5": [".5", "0.5", ".5_", "0.5e+0"],
  "-0.5": ["-0.5"],
  "1500.0": ["1.5e+3", "1.5E+3", "15000.0e-1"],
  inf: [".inf", ".Inf", ".INF", "+.inf"],
  "-inf": ["-.inf"],
  nan: [".nan", ".NaN", ".NAN"],
  "datetime.date(2023, 1, 2)": ["2023-01-02"],
  "'2023-01-02T03:04:05'": [
    "2023-01-02T03:04:05",
    "2023-1-2 3:04:05",
    "2023-01-02t03:04:05.",
    "2023-01-02\t03:04:05.0",
  ],
  "'2023-01-02T03:04:05.120000+00:00'": ["2023-01-02T03:04:05.12Z", "2023-01-02 03:04:05.12 +0"],
  "'2023-01-02T03:04:05.123456-05:30'": ["2023-01-02T03:04:05.1234567 -05:30"],
  refused: [
    "0b_",
    "0x_",
    "0b__",
    "=",
    "<<",
    "2023-02-29",
    "0000-01-01",
    "2023-01-02T24:00:00",
    "2023-01-02 03:04:60",
  ],
};

for (const [repr, texts] of Object.entries(TYPED)) {
  for (const text of texts) {
    Deno.test(`plain scalar: given ${JSON.stringify(text)}, when read, then it is ${repr}`, () => {
      assert.equal(shown(text), repr);
    });
  }
}

const TEXTS = [
  ...[
    "y",
    "n",
    "Y",
    "N",
    "yEs",
    "tRue",
    "oN",
    "nULL",
    "08",
    "09",
    "0o17",
    "0X1f",
    "0B1",
    "_1",
    "1e3",
    "1e+3",
    "1.5e3",
  ],
  ...[
    "-.5",
    "._5",
    ".",
    "-",
    "1:60",
    "0:30",
    "1.2.3",
    "1,000",
    ".iNf",
    "-.nan",
    "+.NaN",
    "2023-1-2",
    "2023-01-2",
  ],
  ...["<", "<<<", "==", "null ", "a", "arn:aws:iam::1:role/x", "12:30:", "1_000a", "0xg"],
];

for (const text of TEXTS) {
  Deno.test(`plain scalar: given ${JSON.stringify(text)}, when read, then it stays text`, () => {
    assert.deepEqual(scalarValue(plainTag(text), text), { kind: "str", value: text });
  });
}

// Each row: a tag, a text, the repr() of what PyYAML reads; undefined when it fails.
const TAGGED: readonly (readonly [string, string, string | undefined])[] = [
  ["str", "010", "'010'"],
  ["null", "anything", "None"],
  ["bool", "YeS", "True"],
  ["bool", "y", undefined],
  ["int", "1:30", "90"],
  ["int", "08", undefined],
  ["int", "1.5", undefined],
  ["int", "", undefined],
  ["float", "1", "1.0"],
  ["float", "1e3", "1000.0"],
  ["float", "-1:30.5", "-90.5"],
  ["float", "x", undefined],
  ["float", "", undefined],
  ["float", "-.nan", "nan"],
  ["timestamp", "yesterday", undefined],
  ["binary", "aGk=", "b'hi'"],
  ["binary", "aG\n k=", "b'hi'"],
  ["binary", "a", undefined],
  ["merge", "<<", undefined],
  ["seq", "x", undefined],
];

for (const [tag, text, repr] of TAGGED) {
  Deno.test(`scalarValue: given !!${tag} ${JSON.stringify(text)}, when read, then it is ${repr ?? "refused"}`, () => {
    const value = scalarValue(tag, text);
    assert.equal(value && pythonReprOf(value), repr);
  });
}

Deno.test("shortTag: given tags, when shortened, then only YAML's own are", () => {
  assert.equal(shortTag("tag:yaml.org,2002:str"), "str");
  assert.equal(shortTag("!mine"), undefined);
});

Deno.test("plain scalar: given any integer, when read, then no digit is lost", () => {
  fc.assert(fc.property(fc.bigInt(), (value) => {
    assert.equal(shown(value.toString()), value.toString());
    assert.equal(
      shown(`0x${(value < 0n ? -value : value).toString(16)}`),
      (value < 0n ? -value : value).toString(),
    );
  }));
});

Deno.test("plain scalar: given any day, when read, then it is that date", () => {
  const days = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
  fc.assert(fc.property(days, (day) => {
    const iso = day.toISOString();
    assert.deepEqual(scalarValue("timestamp", iso.slice(0, 10)), { kind: "date", iso: iso.slice(0, 10) });
    assert.equal(plainTag(iso), "timestamp");
  }));
});
