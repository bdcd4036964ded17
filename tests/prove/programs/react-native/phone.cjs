// Generated modules and the libraries' own JavaScript, with a stand-in for the phone: MODULE STATE CALL...
//
// STATE is "ready", "failing" (the native part refuses the pins), "failing-once", "missing" (it is not in the app) or
// "expo" (ready, in an app whose global fetch is Expo's: expo.mjs is Expo's own installGlobal.js). Each CALL is the name
// of an exported function and its arguments, in JSON. Prints, in JSON, what came to the native part, to the networking
// of React Native (XMLHttpRequest, which its fetch is built on) and to Expo's fetch, and how each call ended.
"use strict";
const Module = require("node:module");

const [file, state, ...calls] = process.argv.slice(2);
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
// What React Native's own networking would send; libraries that hook it see this and nothing else.
globalThis.XMLHttpRequest = class {
  headers = {};
  open(method, url) {
    this.asked = { method, url };
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  getAllResponseHeaders() {
    return "content-type: text/plain\r\nx-told: a: b\r\n";
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
// whatwg-fetch, which React Native installs, is built on XMLHttpRequest and marks itself.
globalThis.fetch = async (...told) => {
  seen.push({ networking: told });
  return "answer";
};
globalThis.fetch.polyfill = true;

async function main() {
  if (state === "expo") {
    globalThis.__DEV__ = false;
    const { installGlobal } = await import(`${__dirname}/expo.mjs`);
    installGlobal("fetch", () => async (...told) => {
      seen.push({ expo: told });
      return "answer";
    });
  }
  const pins = require(file);
  const ended = [];
  for (const call of calls) {
    const [name, ...given] = JSON.parse(call);
    const told = given.map((each) => (each === "LISTENER" ? (error) => seen.push({ told: error }) : each));
    try {
      const answer = await pins[name](...told);
      if (answer instanceof Response) answers.push([answer.status, await answer.text(), answer.headers.get("x-told")]);
      ended.push("");
    } catch (error) {
      ended.push(error.message);
    }
  }
  console.log(JSON.stringify({ seen, ended, listeners, answers }));
}

main();
