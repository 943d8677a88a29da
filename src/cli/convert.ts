/** `keras-to-torch PATH...`: the command line of the conversion itself. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Pin, parseRelease } from "../../transforms/releases.ts";
import type { ConvertOptions } from "../convert.ts";
import { runFiles } from "./files.ts";
import { runFilter } from "./filter.ts";
import type { Terminal } from "./terminal.ts";

/** What to do with the conversions; without any of these, they are shown as a diff. */
export interface ConvertFlags {
  readonly write?: true;
  readonly check?: true;
  readonly output?: string;
  readonly stdinFilename?: string;
  readonly partial?: true;
  readonly allowUnsupported?: true;
  readonly quiet?: true;
  readonly kerasVersion?: Pin;
  readonly torchvisionWeights?: true;
}

/** What the conversion itself is told. */
export function optionsOf(flags: ConvertFlags): ConvertOptions {
  return {
    partial: flags.partial ?? false,
    torchvisionWeights: flags.torchvisionWeights ?? false,
    ...(flags.kerasVersion && { keras: flags.kerasVersion }),
  };
}

const EXAMPLES = `
Examples:
  keras-to-torch train.py                  show what would change
  keras-to-torch src | git apply           the same, applied by Git
  keras-to-torch --write src               edit the files in place
  keras-to-torch --check .                 fail where something is left to convert
  keras-to-torch -o torch_version src      leave src, write a converted copy
  keras-to-torch - < train.py > out.py     convert standard input

Exit codes:
  0  done, nothing left to do
  1  --check found something to convert, or a file needs a person
  2  not called rightly, or a file that cannot be read, is not Python 3, ...`;

export function addConvert(program: Command, terminal: Terminal): void {
  program
    .argument("[PATH...]", "Python files, folders to search for them, or - for standard input")
    .addOption(new Option("-w, --write", "edit the files in place").conflicts(["check", "output"]))
    .addOption(
      new Option("-c, --check", "change nothing, exit with 1 if something would change").conflicts("output"),
    )
    .option(
      "-o, --output <DIR>",
      "write the Python files to a folder, converted, and leave these as they are",
    )
    .option("--stdin-filename <FILE>", "what to call standard input in messages")
    .option("--partial", "convert what can be converted in a file and mark the rest")
    .option("--allow-unsupported", "do not count files that need a person in the exit code")
    .option(
      "--keras-version <VERSION>",
      "the Keras of all scripts, such as 2.2 or 3, where they or their requirements do not tell",
      kerasVersion,
    )
    .option(
      "--torchvision-weights",
      "take torchvision's pretrained weights for those of keras.applications: the results differ",
    )
    .option("-q, --quiet", "say only what is found, wrong or worth a note")
    .addHelpText("after", EXAMPLES)
    .action(async (paths: string[], flags: ConvertFlags, command: Command) => {
      const misuse = misuseOf(paths, flags);
      if (misuse) command.error(`error: ${misuse}`);
      process.exitCode = paths.includes("-")
        ? await runFilter(flags, terminal)
        : await runFiles(paths, flags, terminal);
    });
}

function kerasVersion(text: string): Pin {
  const pin = parseRelease(text);
  if (!pin) throw new InvalidArgumentError("Give it as 1, 2, 3 or with a minor version, such as 2.2.");
  return pin;
}

/** What is wrong with a combination of arguments that each are fine. */
function misuseOf(paths: readonly string[], flags: ConvertFlags): string | undefined {
  if (paths.length === 0) return "name the files or folders to convert, or - for standard input";
  if (!paths.includes("-")) {
    return flags.stdinFilename === undefined
      ? undefined
      : "option '--stdin-filename <FILE>' goes with the argument '-'";
  }
  if (paths.length > 1) return "'-' (standard input) goes with no other path";
  if (flags.write) return "option '-w, --write' cannot be used with '-' (standard input)";
  if (flags.output !== undefined)
    return "option '-o, --output <DIR>' cannot be used with '-' (standard input)";
  return undefined;
}
