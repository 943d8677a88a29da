import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vitest/config";

/** `import source from "./fit.py"` gives the file's text, as esbuild's text loader does in the bundle. */
function pythonAsText(): Plugin {
  return {
    name: "python-as-text",
    enforce: "pre",
    load(id) {
      if (!id.endsWith(".py")) return null;
      this.addWatchFile(id);
      return `export default ${JSON.stringify(readFileSync(id, "utf8"))};`;
    },
  };
}

export default defineConfig({
  plugins: [pythonAsText()],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/setup/python.ts", "test/setup/build.ts"],
    // The native tree-sitter is no context-aware addon in every release: processes are safe, threads may not be.
    pool: "forks",
    // Much of it parses and converts: on a busy machine that takes longer than it should.
    testTimeout: 60_000,
  },
});
