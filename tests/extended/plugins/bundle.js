// Takes or refuses signed bundles of pins, by the steps of ota.ts and config.ts of react-native-ssl-manager.
// The argument is a list of attempts: a bundle, the public key, the time in milliseconds, and the time of the last bundle.
'use strict';
const crypto = require('crypto');
const nacl = require('tweetnacl');

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function configured(config) {
  const hosts = Object.entries(config.sha256Keys);
  const pins = hosts.flatMap(([, list]) => list);
  if (!hosts.length || hosts.some(([host, list]) => !host.trim() || !list.length)) return false;
  if (!pins.every((pin) => /^sha256\/[A-Za-z0-9+/=]{44}$/.test(pin))) return false;
  return Object.entries(config.domains ?? {}).every(([host, options]) => {
    const day = options.expirationDate;
    return (
      host in config.sha256Keys &&
      typeof options.enforcePinning === 'boolean' &&
      typeof options.includeSubdomains === 'boolean' &&
      (day === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(day) && Number.isFinite(Date.parse(`${day}T00:00:00Z`))))
    );
  });
}

function outcome({ bundle, publicKey, now, last }) {
  const [payload, signature, key] = [bundle.payload, bundle.signature, publicKey].map((text) => Buffer.from(text, 'base64'));
  if (signature.length !== nacl.sign.signatureLength) return 'signature';
  const valid = nacl.sign.detached.verify(new Uint8Array(payload), new Uint8Array(signature), new Uint8Array(key));
  // The command line of the package verifies with the cryptography of Node.
  const spki = crypto.createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' });
  if (valid !== crypto.verify(null, payload, spki, signature)) throw new Error('the verifiers differ');
  if (!valid) return 'signature';
  const signed = JSON.parse(payload.toString('utf8'));
  const issued = Date.parse(signed.issuedAt);
  if (!Number.isFinite(issued)) return 'invalid';
  if (signed.expiresAt != null && !(Date.parse(signed.expiresAt) >= now)) return 'expired';
  if (last != null && issued < last) return 'rollback';
  return configured(signed.config) ? 'taken' : 'configuration';
}

console.log(JSON.stringify(JSON.parse(process.argv[2]).map(outcome)));
