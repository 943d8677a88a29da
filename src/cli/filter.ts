/** `keras-to-torch -`: a filter from standard input to standard output, as editors use them. */
import { buffer } from "node:stream/consumers";
import { convertBytes, lazyConverter } from "../bulk/convert-file.ts";
import type { InputFile } from "../bulk/find.ts";
import { count, exitCode, NONE } from "../bulk/outcome.ts";
import { type ConvertFlags, optionsOf } from "./convert.ts";
import { reportDiagnostics } from "./files.ts";
import type { Terminal } from "./terminal.ts";

/** What is not converted passes through byte for byte, so that no editor is left with an empty buffer. */
export async function runFilter(flags: ConvertFlags, terminal: Terminal): Promise<number> {
  const path = flags.stdinFilename ?? "<stdin>";
  const file: InputFile = { location: path, path, place: path };
  const bytes = await buffer(process.stdin);
  const outcome = await convertBytes(file, bytes, lazyConverter(optionsOf(flags)));
  reportDiagnostics(outcome, terminal);
  if (!flags.check) terminal.result(outcome.output ?? bytes);
  return exitCode(count(NONE, outcome), {
    check: flags.check ?? false,
    allowUnsupported: flags.allowUnsupported ?? false,
  });
}
