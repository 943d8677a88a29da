/** Builds dist/ once before the tests: those of the command line run the program as it is shipped. */
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** The built program. */
export const cli = join(root, "dist/cli.js");

export default function setup(): void {
  execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: root, stdio: "inherit" });
}
