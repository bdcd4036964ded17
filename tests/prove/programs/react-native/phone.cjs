// Runs generated modules and the libraries' own JavaScript with a stand-in for the phone: MODULE STATE CALL...
//
// STATE is "ready", "failing" (the native part refuses the pins), "failing-once", "missing" (it is not in the app),
// "debug" (ready, in a debug build) or "expo" (ready, in an app whose global fetch is Expo's: expo.mjs is Expo's own
// installGlobal.js). A CALL is the name of an exported function and its arguments, in JSON. The program prints, in JSON,
// the calls of the native part, of React Native's networking (XMLHttpRequest, on which its fetch is built) and of Expo's
// fetch, and how each CALL ended.
"use strict";
const Module = require("node:module");

const [file, state, ...calls] = process.argv.slice(2);
globalThis.__DEV__ = state === "debug";
const seen = [];
const listeners = [];
const answers = [];

const native = {
  SslPublicKeyPinning:
    state === "missing"
      ? undefined
      : {
          initialize: async (options) => {
            seen.push({ initialize: options });
            if (state === "failing") throw new Error("the phone refuses");
            if (state === "failing-once" && seen.length === 1) throw new Error("the phone refuses");
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
      listener({ serverHostname: "reported" });
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
// Records the requests of React Native's own networking; libraries that hook it see nothing else.
globalThis.XMLHttpRequest = class {
  headers = {};
  open(method, url) {
    this.asked = { method, url };
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  getAllResponseHeaders() {
    return "content-type: text/plain\r\nx-answer: a: b\r\n";
  }
  abort() {
    this.onabort();
    this.onloadend();
  }
  send(body) {
    seen.push({ networking: { ...this.asked, headers: this.headers, body } });
    this.status = 200;
    this.statusText = "OK";
    this.response = "answer";
    this.onload();
    this.onloadend();
  }
};
// whatwg-fetch, which React Native installs, is built on XMLHttpRequest and marks itself with `polyfill`.
globalThis.fetch = async (...request) => {
  seen.push({ networking: request });
  return "answer";
};
globalThis.fetch.polyfill = true;

async function main() {
  if (state === "expo") {
    globalThis.__DEV__ = false;
    const { installGlobal } = await import(`${__dirname}/expo.mjs`);
    installGlobal("fetch", () => async (...request) => {
      seen.push({ expo: request });
      return "answer";
    });
  }
  const pins = require(file);
  const ended = [];
  for (const call of calls) {
    const [name, ...given] = JSON.parse(call);
    const values = given.map((value) => (value === "LISTENER" ? (error) => seen.push({ mismatch: error }) : value));
    try {
      const answer = await pins[name](...values);
      if (answer instanceof Response) answers.push([answer.status, await answer.text(), answer.headers.get("x-answer")]);
      ended.push("");
    } catch (error) {
      ended.push(error.message);
    }
  }
  console.log(JSON.stringify({ seen, ended, listeners, answers }));
}

main();
