/**
 * The authority of a cluster, and the certificate of its API server: made anew at each start, their keys are kept nowhere.
 *
 * @module
 */

import { newToken } from "../../schemas/guard/token.ts";

/** What a server of TLS and its clients need, in PEM. */
export interface Identity {
  /** Certificate of the server. */
  readonly cert: string;
  /** Its key. */
  readonly key: string;
  /** Certificate of the authority, which clients trust. */
  readonly authority: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A sandbox does not go on for longer, and its certificates do not hold for longer, in milliseconds. */
const LIFE_MS = 365 * 24 * 3_600_000;

/** Clocks of clients may be slow by so much, in milliseconds. */
const SLOW_MS = 3_600_000;

/**
 * Makes them, for a server on this machine.
 *
 * @param nowMs since 1970
 */
export async function makeIdentity(nowMs: number): Promise<Identity> {
  // Both take a fifth of a second to load, and only this needs them.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const [own, server] = await Promise.all([newKeys(), newKeys()]);
  const life = { notBefore: new Date(nowMs - SLOW_MS), notAfter: new Date(nowMs + LIFE_MS) };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...life,
    serialNumber: serialNumber(),
    name: "CN=sandbox authority",
    keys: own,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...life,
    serialNumber: serialNumber(),
    subject: "CN=sandbox API server",
    issuer: authority.subject,
    publicKey: server.publicKey,
    signingKey: own.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }, {
        type: "dns",
        value: "localhost",
      }]),
      await x509.AuthorityKeyIdentifierExtension.create(own.publicKey),
    ],
  });
  const exported = await crypto.subtle.exportKey("pkcs8", server.privateKey);
  return {
    cert: certificate.toString("pem"),
    key: x509.PemConverter.encode(exported, "PRIVATE KEY"),
    authority: authority.toString("pem"),
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Two authorities of the same name must not sign certificates of the same number. */
function serialNumber(): string {
  return `01${newToken()}`;
}
