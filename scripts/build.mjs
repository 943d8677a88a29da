/**
 * Bundles the command line into dist/cli.js and puts the grammar's WebAssembly beside it.
 *
 * Files are replaced one by one and left-overs removed last, so that a program in dist/ can run meanwhile.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { bundle } from "./bundle.mjs";

const folder = "dist";
const { outputFiles } = await build({
  ...bundle,
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: folder,
  // What is imported only when needed becomes a file of its own, so that the rest starts fast.
  splitting: true,
  write: false,
});
const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
files.set("tree-sitter-python.wasm", await readFile("grammars/tree-sitter-python.wasm"));

await mkdir(folder, { recursive: true });
for (const [name, contents] of files) {
  const unfinished = join(folder, `${name}.${process.pid}`);
  await writeFile(unfinished, contents, { mode: name === "cli.js" ? 0o755 : 0o644 });
  await rename(unfinished, join(folder, name));
}
for (const name of await readdir(folder)) {
  if (name.endsWith(".js") && !files.has(name)) await rm(join(folder, name), { force: true });
}
