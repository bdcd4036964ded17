// Takes or refuses signed pins, by the steps of CryptoService.swift of the SDK of dynapins, with jose for JOSESwift.
// The argument is a list of attempts: the file, the public key as DER in base64, the time in seconds, and the domain.
'use strict';

async function outcome(jose, { file, publicKey, now, domain }) {
  const token = file.jws;
  let header;
  try {
    header = jose.decodeProtectedHeader(token);
  } catch {
    return 'format';
  }
  if (header.alg !== 'ES256') return 'algorithm';
  const key = await jose.importSPKI(`-----BEGIN PUBLIC KEY-----\n${publicKey}\n-----END PUBLIC KEY-----`, 'ES256');
  let claims;
  try {
    const { payload } = await jose.compactVerify(token, key);
    claims = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return 'signature';
  }
  const whole = [claims.iat, claims.exp, claims.ttl_seconds].every(Number.isInteger);
  const texts = [claims.domain, ...claims.pins].every((text) => typeof text === 'string');
  if (!whole || !texts) return 'claims';
  if (claims.exp <= now) return 'expired';
  if (claims.iat > now + 300) return 'early';
  const named = claims.domain.toLowerCase();
  const covers = named.startsWith('*.') && domain.endsWith(named.slice(2));
  return named === domain || covers ? claims.pins.join(' ') : 'domain';
}

import('jose').then(async (jose) => {
  const found = [];
  for (const attempt of JSON.parse(process.argv[2])) found.push(await outcome(jose, attempt));
  console.log(JSON.stringify(found));
});
