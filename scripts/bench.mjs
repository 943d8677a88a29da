/**
 * `npm run bench [-- FOLDER...]`: measures what test/bench/ describes.
 *
 * Bundled first, as the command line is: measured is what users run. The Python files of this
 * repository are the input, and those in the folders given.
 */
import { copyFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundle } from "./bundle.mjs";

const folder = resolve("node_modules/.cache/keras-to-torch");
await build({
  ...bundle,
  entryPoints: { bench: "test/bench/main.ts" },
  outdir: folder,
  outExtension: { ".js": ".mjs" },
});
await copyFile("grammars/tree-sitter-python.wasm", resolve(folder, "tree-sitter-python.wasm"));
const { main } = await import(pathToFileURL(resolve(folder, "bench.mjs")).href);
await main(process.argv.slice(2));
