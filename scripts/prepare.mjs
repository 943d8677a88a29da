/**
 * npm's `prepare`: builds dist/ when the package is installed from git, as pre-commit does.
 *
 * npm leaks `global=true` into the installation of a git dependency's own dependencies, so
 * that none of them is there when this script runs (npm/cli#8440). They are then installed here.
 */
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";

const env = { ...process.env };
for (const name of ["global", "location", "install_links", "prefix"]) delete env[`npm_config_${name}`];

/** Runs a command with its output on stderr: `npm pack` prints the tarball's name on stdout. */
function run(command) {
  execSync(command, { env, stdio: ["ignore", 2, 2] });
}

if (!existsSync("node_modules/esbuild")) {
  run(
    "npm install --global=false --location=project --include=dev --ignore-scripts --no-save --no-audit --no-fund",
  );
}
run("npm run --silent build");
