/** Standard output and standard error, for everything that a command says. */

import { EXIT } from "../bulk/outcome.ts";
import { type Colours, coloursFor, plain } from "../report/colours.ts";

export interface Terminal {
  /** The result: a diff, a converted script, a list of files. */
  result(text: string | Uint8Array): void;
  /** All that is about the result. */
  report(text: string): void;
  readonly resultColours: Colours;
  readonly reportColours: Colours;
  /** Nobody reads the result any more, as after `| head`. */
  readonly isClosed: boolean;
}

export function openTerminal({ stdout, stderr, env }: NodeJS.Process): Terminal {
  let isClosed = false;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (stream === stdout) isClosed = true;
      // A reader that has seen enough is no failure; a full disk behind a redirection is.
      if (error.code === "EPIPE") return;
      process.exitCode = EXIT.error;
      if (stream === stdout) stderr.write(`error: the output cannot be written: ${error.message}\n`);
    });
  }
  return {
    result: (text) => {
      if (!isClosed) stdout.write(text);
    },
    report: (text) => {
      stderr.write(text);
    },
    // FORCE_COLOR, which CI systems set for all that runs there, must not spoil a diff that goes to a file.
    resultColours: stdout.isTTY ? coloursFor(stdout, env) : plain,
    reportColours: coloursFor(stderr, env),
    get isClosed() {
      return isClosed;
    },
  };
}
