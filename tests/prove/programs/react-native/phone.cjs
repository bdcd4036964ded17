// Generated modules and the libraries' own JavaScript, with a stand-in for the phone: MODULE STATE CALL...
//
// STATE is "ready", "failing" (the native part refuses the pins) or "missing" (it is not in the app). Each CALL is the
// name of an exported function and its arguments, in JSON. Prints, in JSON, what came to the native part and to the
// phone's own fetch, and how each call ended.
"use strict";
const Module = require("node:module");

const [file, state, ...calls] = process.argv.slice(2);
const seen = [];
const listeners = [];

const native = {
  SslPublicKeyPinning:
    state === "missing"
      ? undefined
      : {
          initialize: async (options) => {
            seen.push({ initialize: options });
            if (state === "failing") throw new Error("the phone refuses");
          },
        },
  RNSslPinning: {
    fetch: (url, options, done) => {
      seen.push({ fetch: [url, options] });
      done(null, { status: 200, bodyString: "ok", headers: {} });
    },
  },
};
const reactNative = {
  NativeModules: native,
  Platform: { select: (choices) => choices.default },
  NativeEventEmitter: class {
    addListener(event, listener) {
      listeners.push(event);
      listener({ serverHostname: "told" });
      return { remove() {} };
    }
  },
};
const load = Module._load;
Module._load = (request, ...rest) => {
  if (request === "react-native") return reactNative;
  if (request === "react-native-ssl-pinning") return load(`${__dirname}/built/library/index.js`, ...rest);
  return load(request, ...rest);
};
globalThis.fetch = async (...told) => {
  seen.push({ unpinned: told });
  return "answer";
};

async function main() {
  const pins = require(file);
  const ended = [];
  for (const call of calls) {
    const [name, ...given] = JSON.parse(call);
    const told = given.map((each) => (each === "LISTENER" ? (error) => seen.push({ told: error }) : each));
    try {
      await pins[name](...told);
      ended.push("");
    } catch (error) {
      ended.push(error.message);
    }
  }
  console.log(JSON.stringify({ seen, ended, listeners }));
}

main();
