/** Bundles the command line into dist/cli.js and puts the grammar's WebAssembly beside it. */
import { chmod, copyFile, rm } from "node:fs/promises";
import { build } from "esbuild";
import { bundle } from "./bundle.mjs";

await rm("dist", { recursive: true, force: true });
await build({
  ...bundle,
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: "dist",
  // What is imported only when needed becomes a file of its own, so that the rest starts fast.
  splitting: true,
});
await chmod("dist/cli.js", 0o755);
await copyFile("grammars/tree-sitter-python.wasm", "dist/tree-sitter-python.wasm");
