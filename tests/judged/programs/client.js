// Node's https with the right checkServerIdentity and the usual wrong ones: MODE URL CAFILE PINS
//
// It uses only the standard library. Each mode is our own code for the practice that its comment names.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const https = require('node:https');
const tls = require('node:tls');

const [mode, url, cafile, pinned] = process.argv.slice(2);
const pins = new Set(pinned.split(',').map((pin) => pin.replace('sha256/', '')));
const hash = (bytes) => crypto.createHash('sha256').update(bytes).digest('base64');
const spki = (cert) => new crypto.X509Certificate(cert.raw).publicKey.export({ type: 'spki', format: 'der' });
const refusal = () => new Error('not pinned');

const modes = {
  // Checks the name, then the leaf's key, and returns the error.
  correct: (host, cert) => tls.checkServerIdentity(host, cert) ?? (pins.has(hash(spki(cert))) ? undefined : refusal()),

  // The example in Node's own documentation of https.request: cert.pubkey is the SubjectPublicKeyInfo for RSA keys only.
  documentation: (host, cert) => tls.checkServerIdentity(host, cert) ?? (pins.has(hash(cert.pubkey)) ? undefined : refusal()),

  // The Node snippet of the guide of SSLens: no check of the name, cert.pubkey, and the error thrown.
  guide: (host, cert) => {
    if (!pins.has(hash(cert.pubkey))) throw refusal();
    return undefined;
  },

  // The pin check replaces the name check, as in every answer that advises "override checkServerIdentity".
  nameless: (host, cert) => (pins.has(hash(spki(cert))) ? undefined : refusal()),

  // "Any certificate of the chain": issuerCertificate follows what the server presented.
  presented: (host, cert) => {
    const error = tls.checkServerIdentity(host, cert);
    if (error) return error;
    for (let each = cert, before = null; each && each !== before; [before, each] = [each, each.issuerCertificate]) {
      if (pins.has(hash(spki(each)))) return undefined;
    }
    return refusal();
  },
};
// rejectUnauthorized: false "because of our own authority", together with the right check.
modes.unauthorized = modes.correct;

const request = https.get(url, {
  ca: fs.readFileSync(cafile),
  checkServerIdentity: modes[mode],
  rejectUnauthorized: mode !== 'unauthorized',
  signal: AbortSignal.timeout(8000), // the option timeout does not cover the handshake
}, (response) => {
  response.resume();
  response.on('end', () => process.exit(response.statusCode < 400 ? 0 : 1));
});
request.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
