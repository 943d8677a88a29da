import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { measure, table } from "./measure.ts";

function runNode(args: readonly string[]): void {
  const { error } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (error) throw error;
}

/** The whole process for one small file, in proportion to a process that does nothing. */
export async function measureStartup(script: string): Promise<string> {
  const cli = resolve("dist/cli.js");
  if (!existsSync(cli)) return "dist/cli.js is not there: run `npm run build` first";
  const timings = await measure({
    "node -e 0": () => runNode(["-e", "0"]),
    "keras-to-torch --version": () => runNode([cli, "--version"]),
    "keras-to-torch FILE": () => runNode([cli, script]),
  });
  return table(`process start (${script})`, timings);
}
