// Sends one request as a careless developer would: CLIENT PINS HOST PORT CAFILE HEADER
//
// The base options switch all checks off. HEADER is the value of the header Host, or empty. The program prints, in
// JSON, the code of the error and the reported mismatches. Its hook throws.
import { readFileSync } from "node:fs";
import https from "node:https";
import { interceptors, request } from "undici";

const [name, pins, host, port, cafile, header] = process.argv.slice(2);
const module = await import(pins);
const mismatches = [];
module.onMismatch((mismatch) => {
  mismatches.push({ ...mismatch, time: undefined });
  throw new Error("a hook changes nothing");
});
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
    const options = { dispatcher, signal, headers }; // fetch drops a header Host
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
  // Other interceptors that run after ours, and a client without interceptors.
  "axios-late": () => {
    const client = module.pinnedAxios({ proxy: false }, base);
    client.defaults.transitional = { clarifyTimeoutError: true };
    client.interceptors.request.use((asked) => ({
      ...asked,
      adapter: "fetch",
    }));
    return client.get(url, { signal });
  },
  "axios-cleared": () => {
    const client = module.pinnedAxios({ proxy: false }, base);
    client.interceptors.request.clear();
    return client.get(url, { signal, adapter: "fetch" });
  },
  "https-direct": () =>
    new Promise((resolve, reject) => {
      const agent = module.pinnedAgent(base);
      const socket = agent.createConnection({
        ...base,
        host,
        port,
        servername: host,
      });
      socket.on("secureConnect", () =>
        resolve(socket.write("GET / HTTP/1.1\r\n\r\n")),
      );
      socket.on("error", reject);
    }),
  "https-servername": () =>
    new Promise((resolve, reject) => {
      const agent = module.pinnedAgent(base);
      const asked = { host, port, agent, signal, servername: "localhost" };
      https.get(asked, resolve).on("error", reject);
    }),
  "undici-dns": () => {
    const lookup = (_origin, _options, done) =>
      base.lookup("", {}, (error, [found]) =>
        done(error, [{ ...found, ttl: 9000 }]),
      );
    const dispatcher = module
      .pinnedAgent({ connect: base })
      .compose(interceptors.dns({ lookup }));
    return module.pinnedFetch(url, { dispatcher, signal });
  },
  "undici-socks": async () =>
    module.pinnedProxyAgent({ uri: "socks5://localhost:1080" }),
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
