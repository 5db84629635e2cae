/**
 * Character references of HTML 4 inside a text: `&eacute;`, `&#233;`, `&#xe9;`.
 *
 * @module
 */
import { decodeHTML } from "entities";

// The 252 names of HTML 4; HTML 5 has about 2000 more, which python-slugify leaves alone.
const NAMES: ReadonlySet<string> = new Set(
  `AElig Aacute Acirc Agrave Alpha Aring Atilde Auml Beta Ccedil Chi Dagger Delta ETH Eacute Ecirc Egrave
  Epsilon Eta Euml Gamma Iacute Icirc Igrave Iota Iuml Kappa Lambda Mu Ntilde Nu OElig Oacute Ocirc Ograve
  Omega Omicron Oslash Otilde Ouml Phi Pi Prime Psi Rho Scaron Sigma THORN Tau Theta Uacute Ucirc Ugrave
  Upsilon Uuml Xi Yacute Yuml Zeta aacute acirc acute aelig agrave alefsym alpha amp and ang aring asymp
  atilde auml bdquo beta brvbar bull cap ccedil cedil cent chi circ clubs cong copy crarr cup curren dArr
  dagger darr deg delta diams divide eacute ecirc egrave empty emsp ensp epsilon equiv eta eth euml euro
  exist fnof forall frac12 frac14 frac34 frasl gamma ge gt hArr harr hearts hellip iacute icirc iexcl igrave
  image infin int iota iquest isin iuml kappa lArr lambda lang laquo larr lceil ldquo le lfloor lowast loz
  lrm lsaquo lsquo lt macr mdash micro middot minus mu nabla nbsp ndash ne ni not notin nsub ntilde nu
  oacute ocirc oelig ograve oline omega omicron oplus or ordf ordm oslash otilde otimes ouml para part
  permil perp phi pi piv plusmn pound prime prod prop psi quot rArr radic rang raquo rarr rceil rdquo real
  reg rfloor rho rlm rsaquo rsquo sbquo scaron sdot sect shy sigma sigmaf sim spades sub sube sum sup sup1
  sup2 sup3 supe szlig tau there4 theta thetasym thinsp thorn tilde times trade uArr uacute uarr ucirc
  ugrave uml upsih upsilon uuml weierp xi yacute yen yuml zeta zwj zwnj`.split(/\s+/),
);

const LAST_CODE_POINT = 0x10ffff;

/**
 * Replaces named references, then decimal, then hexadecimal ones; what is decoded first may form a reference that is
 * decoded next (`&amp;#65;`).
 *
 * A number beyond U+10FFFF leaves all references of its kind as they are.
 *
 * @see python-slugify 8.0.4, with all three kinds switched on
 */
export function decodeCharacterReferences(text: string): string {
  if (!text.includes("&")) return text;
  const named = text.replace(
    /&([A-Za-z0-9]+);/g,
    (whole, name: string) => NAMES.has(name) ? decodeHTML(whole) : whole,
  );
  return decodeNumbers(decodeNumbers(named, /&#(\d+);/g, 10), /&#x([\da-fA-F]+);/g, 16);
}

function decodeNumbers(text: string, pattern: RegExp, radix: number): string {
  const codes = [...text.matchAll(pattern)].map(([, digits = ""]) => parseInt(digits, radix));
  if (codes.some((code) => code > LAST_CODE_POINT)) return text;
  return text.replace(pattern, (_, digits: string) => String.fromCodePoint(parseInt(digits, radix)));
}
