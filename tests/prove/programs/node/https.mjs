// Sends one request with a generated agent: PINS URL CAFILE ADDRESS
import { readFileSync } from "node:fs";
import https from "node:https";
import { isIPv4 } from "node:net";

const [pins, url, cafile, address] = process.argv.slice(2);
const { pinnedAgent } = await import(pins);
const found = [{ address, family: isIPv4(address) ? 4 : 6 }];
const options = {
  agent: pinnedAgent({
    ca: readFileSync(cafile),
    lookup: (_host, _options, done) => done(null, found),
    autoSelectFamily: true,
  }),
  signal: AbortSignal.timeout(5000),
};

function fail(error) {
  console.error(error.message);
  process.exit(1);
}

https
  .get(url, options, (response) => {
    response.resume();
    response.on("error", fail);
    response.on("end", () => process.exit(response.statusCode < 400 ? 0 : 1));
  })
  .on("error", fail);
