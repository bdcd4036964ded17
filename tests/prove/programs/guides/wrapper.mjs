// A wrapper around fetch with a table of pins beside it that nothing reads, as a guide for Expo has it: URL PINS
//
// The authorities of the lab are trusted through NODE_EXTRA_CA_CERTS.
const [url, pins] = process.argv.slice(2);
const PINNED = { [new URL(url).hostname]: pins.split(",") };

async function secureFetch(target, options = {}) {
  const host = new URL(target).hostname;
  if (!PINNED[host]) throw new Error(`${host} is not pinned`);
  return fetch(target, options);
}

const response = await secureFetch(url, { signal: AbortSignal.timeout(5000) });
await response.arrayBuffer();
process.exit(response.ok ? 0 : 1);
