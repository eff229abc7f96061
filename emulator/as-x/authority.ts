/** A certificate authority made on the spot, for X's names alone. Its key never leaves this process. */
import forge from 'node-forge'

/** What a TLS server shows, and the certificate that a client must trust for it; PEM. */
export interface Certificates {
  key: string
  cert: string
  authority: string
}

/**
 * Makes an authority and a certificate for these names. The authority's key is thrown away, so that nothing else can
 * ever be signed by what a client was told to trust.
 */
export function certificatesFor(names: readonly string[]): Certificates {
  const authority = forge.pki.rsa.generateKeyPair(2048)
  const server = forge.pki.rsa.generateKeyPair(2048)
  const issuer = [{ name: 'commonName', value: 'X emulator, this run only' }]
  const root = certificate(authority.publicKey, issuer, issuer, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  root.sign(authority.privateKey, forge.md.sha256.create())
  const subject = [{ name: 'commonName', value: names[0] ?? '' }]
  const leaf = certificate(server.publicKey, subject, issuer, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: root.generateSubjectKeyIdentifier().getBytes(),
    },
  ])
  leaf.sign(authority.privateKey, forge.md.sha256.create())
  return {
    key: forge.pki.privateKeyToPem(server.privateKey),
    cert: forge.pki.certificateToPem(leaf),
    authority: forge.pki.certificateToPem(root),
  }
}

/** How long it is good: longer than anybody leaves it running. */
const DAYS = 30

type Names = forge.pki.CertificateField[]

function certificate(
  key: forge.pki.PublicKey,
  subject: Names,
  issuer: Names,
  extensions: object[],
) {
  const made = forge.pki.createCertificate()
  made.publicKey = key
  // Positive, and never the same twice.
  made.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`
  // A clock that is a little late must not make it invalid.
  made.validity.notBefore = new Date(Date.now() - 24 * 3600 * 1000)
  made.validity.notAfter = new Date(Date.now() + DAYS * 24 * 3600 * 1000)
  made.setSubject(subject)
  made.setIssuer(issuer)
  made.setExtensions(extensions)
  return made
}
