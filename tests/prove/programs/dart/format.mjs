// Prints the changes that Dart's formatter would make in files; a file that it cannot parse is an error.
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
