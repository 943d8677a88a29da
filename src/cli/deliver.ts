/** Where a conversion goes: to the screen as a diff, into its own file, into a copy of the tree. */
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InputFile } from "../bulk/find.ts";
import type { Outcome } from "../bulk/outcome.ts";
import { createFile, replaceFile } from "../bulk/write.ts";
import { colourDiff } from "../report/colours.ts";
import { unifiedDiff } from "../report/diff.ts";
import type { ConvertFlags } from "./convert.ts";
import type { Terminal } from "./terminal.ts";

/** Throws where the file cannot be written. */
export type Delivery = (outcome: Outcome) => Promise<void>;

export function deliveryFor(flags: ConvertFlags, folder: string | undefined, terminal: Terminal): Delivery {
  if (folder !== undefined) return (outcome) => copyInto(folder, outcome);
  return async ({ file, text, output }) => {
    if (output === null) return;
    if (flags.check) terminal.result(`would convert ${file.path}\n`);
    else if (flags.write) {
      await replaceFile(file.location, Buffer.from(output));
      if (!flags.quiet) terminal.result(`converted ${file.path}\n`);
    } else {
      terminal.result(colourDiff(unifiedDiff(file.path, text ?? "", output), terminal.resultColours));
    }
  };
}

/** Every file that could be read goes into the copy, converted or as it is: together they are a program. */
async function copyInto(folder: string, { file, bytes, output }: Outcome): Promise<void> {
  if (bytes === null) return;
  const target = join(folder, file.place);
  await mkdir(dirname(target), { recursive: true });
  const { mode } = await stat(file.location);
  await createFile(target, output === null ? bytes : Buffer.from(output), mode);
}

/** Why the files cannot all go into one folder. */
export function collisionOf(files: readonly InputFile[], folder: string): string | undefined {
  const targets = new Map<string, InputFile>();
  const sources = new Set(files.map((file) => file.location));
  for (const file of files) {
    const target = join(folder, file.place);
    const other = targets.get(target);
    if (other) return `${other.path} and ${file.path} would both be written to ${target}`;
    if (sources.has(target)) return `${target} would be overwritten: use --write to convert files in place`;
    targets.set(target, file);
  }
  return undefined;
}
