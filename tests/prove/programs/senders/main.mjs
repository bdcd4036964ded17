// Asks a server with the sender of a page in place, and waits until its input ends: URL CAFILE
import { readFileSync } from "node:fs";
import https from "node:https";
import { pinnedAgent } from "./pins.mjs";

// SENDER

const [url, cafile] = process.argv.slice(2);
const agent = pinnedAgent({ ca: readFileSync(cafile) });
https
  .get(url, { agent }, (response) => console.log(response.statusCode))
  .on("error", (error) => console.log(error.message));
process.stdin.on("end", () => process.exit(0)).resume();
