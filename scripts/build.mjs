/** Bundles the command line into dist/cli.js and puts the grammar's WebAssembly beside it. */
import { chmod, copyFile, rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node20.17",
  format: "esm",
  loader: { ".py": "text" },
  // Native and WebAssembly parsers find their own files by their place in node_modules.
  external: ["tree-sitter", "tree-sitter-python", "web-tree-sitter"],
  // CommonJS dependencies call require("node:fs") and the like, which an ES module has not got.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as $createRequire } from "node:module";\nconst require = $createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
await chmod("dist/cli.js", 0o755);
await copyFile("grammars/tree-sitter-python.wasm", "dist/tree-sitter-python.wasm");
