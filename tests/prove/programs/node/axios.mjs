// Sends one request with a generated instance: PINS URL CAFILE PROXY
import { readFileSync } from "node:fs";

const [pins, url, cafile, proxy] = process.argv.slice(2);
const { pinnedAxios } = await import(pins);
const { protocol, hostname, port } = new URL(proxy || "http://localhost");
const client = pinnedAxios(
  { proxy: proxy ? { protocol, host: hostname, port: Number(port) } : false },
  { ca: readFileSync(cafile) },
);

try {
  // These settings would drop the agent, and must be overruled.
  await client.get(url, {
    adapter: "fetch",
    httpVersion: 2,
    signal: AbortSignal.timeout(5000),
  });
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
