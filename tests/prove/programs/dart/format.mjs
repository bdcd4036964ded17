// Prints what Dart's formatter would change in files; an error is what it cannot parse.
import { readFileSync } from "node:fs";
import { format } from "@wasm-fmt/dart_fmt";

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  const formatted = format(text, file).split("\n");
  const at = formatted.findIndex((line, index) => line !== lines[index]);
  if (at >= 0 || formatted.length !== lines.length) {
    console.log(`${file}:${at + 1}: not ${lines[at]}\nbut ${formatted[at]}`);
    process.exitCode = 1;
  }
}
