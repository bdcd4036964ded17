// One request by a careless developer, and what is told of it: CLIENT PINS HOST PORT CAFILE HEADER
//
// The base says that nothing is to be checked; HEADER is what the header Host tells, or empty. Prints, in JSON, the code of the error and the mismatches.
import { readFileSync } from "node:fs";
import https from "node:https";
import { request } from "undici";

const [name, pins, host, port, cafile, header] = process.argv.slice(2);
const module = await import(pins);
const mismatches = [];
module.onMismatch((mismatch) => mismatches.push({ ...mismatch }));
const base = {
  ca: readFileSync(cafile),
  lookup: (_host, _options, done) =>
    done(null, [{ address: "127.0.0.1", family: 4 }]),
  autoSelectFamily: true,
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
};
const url = `https://${host}:${port}/`;
const headers = header ? { host: header } : {};
const signal = AbortSignal.timeout(5000);
const clients = {
  https: () =>
    new Promise((resolve, reject) => {
      const agent = module.pinnedAgent(base);
      const request = https.get(
        { host, port, agent, signal, headers },
        resolve,
      );
      request.on("error", reject);
    }),
  undici: () => {
    const dispatcher = module.pinnedAgent({ connect: base });
    const options = { dispatcher, signal, headers }; // fetch drops a Host
    return header ? request(url, options) : module.pinnedFetch(url, options);
  },
  axios: () => {
    const request = {
      httpsAgent: new https.Agent(base),
      proxy: false,
      signal,
      headers,
    };
    return module.pinnedAxios({}, base).get(url, request);
  },
};

let error = null;
try {
  await clients[name]();
} catch (caught) {
  const cause = caught.cause ?? caught;
  error = cause.code ?? cause.message;
}
console.log(JSON.stringify({ error, mismatches }));
process.exit();
