// Sends one request with a generated dispatcher: FETCH PINS URL CAFILE PROXY
//
// FETCH is "own" for the fetch of undici, or "global" for that of Node.
import { readFileSync } from "node:fs";

const [whose, pins, url, cafile, proxy] = process.argv.slice(2);
const { pinnedAgent, pinnedFetch, pinnedProxyAgent } = await import(pins);
const base = { ca: readFileSync(cafile) };
const dispatcher = proxy
  ? pinnedProxyAgent({ uri: proxy, requestTls: base })
  : pinnedAgent({ connect: base });
const ask = whose === "global" ? fetch : pinnedFetch;

try {
  const signal = AbortSignal.timeout(5000);
  const response = await ask(url, { dispatcher, signal });
  await response.arrayBuffer();
  process.exit(response.ok ? 0 : 1);
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exit(1);
}
