// Makes a unary call on a channel with generated credentials: PINS URL CAFILE PROXY
import { readFileSync } from "node:fs";

const [pins, url, cafile, proxy] = process.argv.slice(2);
if (proxy) process.env.grpc_proxy = proxy;
const { Client, Metadata } = await import("@grpc/grpc-js");
const { pinnedCredentials } = await import(pins);
const { host } = new URL(url);
const client = new Client(host, pinnedCredentials(readFileSync(cafile)));
const serving = Buffer.from([8, 1]); // status = SERVING

client.makeUnaryRequest(
  "/grpc.health.v1.Health/Check",
  (request) => request,
  (answer) => answer,
  Buffer.alloc(0),
  new Metadata(),
  { deadline: Date.now() + 5000 },
  (error, answer) => {
    if (error) console.error(error.message);
    process.exit(!error && serving.equals(answer) ? 0 : 1);
  },
);
