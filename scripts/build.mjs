/** Bundles the command line into dist/cli.js and puts the grammar's WebAssembly beside it. */
import { chmod, copyFile, rm } from "node:fs/promises";
import { build } from "esbuild";
import { bundle } from "./bundle.mjs";

await rm("dist", { recursive: true, force: true });
await build({
  ...bundle,
  entryPoints: { cli: "src/cli/main.ts" },
  outdir: "dist",
  banner: { js: `#!/usr/bin/env node\n${bundle.banner.js}` },
});
await chmod("dist/cli.js", 0o755);
await copyFile("grammars/tree-sitter-python.wasm", "dist/tree-sitter-python.wasm");
