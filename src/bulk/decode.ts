/** Bytes to text as Python reads them: UTF-8, unless a comment at the top says otherwise (PEP 263). */
import type { Diagnostic } from "../diagnostics.ts";

export interface Decoded {
  /** Byte for byte what the file holds, a byte order mark included; with replacements where there is a problem. */
  readonly text: string;
  readonly problem: EncodingProblem | null;
}

export interface EncodingProblem {
  /** `unsupported`: Python reads the file, this program does not; `invalid`: Python does not either. */
  readonly verdict: "unsupported" | "invalid";
  readonly diagnostic: Diagnostic;
}

const COOKIE = /^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)/;
const BLANK_OR_COMMENT = /^[ \t\f]*(?:#|$)/;
/** What Python calls UTF-8 too, in lower case and with hyphens. */
const UTF_8 = new Set(["utf-8", "utf8", "u8", "utf", "utf-8-sig", "cp65001"]);
const BYTE_ORDER_MARK = "\ufeff";

export function decode(bytes: Uint8Array): Decoded {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return { text, problem: cookieProblem(text) ?? byteProblem(text, bytes) };
}

function cookieProblem(text: string): EncodingProblem | null {
  const cookie = findCookie(text);
  if (cookie === null || UTF_8.has(cookie.name.toLowerCase().replaceAll("_", "-"))) return null;
  const place = { rule: "encoding", severity: "error", start: cookie.start, end: cookie.end } as const;
  if (text.startsWith(BYTE_ORDER_MARK)) {
    return {
      verdict: "invalid",
      diagnostic: { ...place, message: `the file begins as UTF-8 does, but says that it is ${cookie.name}` },
    };
  }
  return {
    verdict: "unsupported",
    diagnostic: {
      ...place,
      message: `the encoding ${cookie.name} is not supported yet`,
      hint: "Save the file as UTF-8, which Python expects without this comment.",
    },
  };
}

/** The encoding's name in the first line, or in the second after a line without code. */
function findCookie(text: string): { name: string; start: number; end: number } | null {
  let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  for (let line = 1; line <= 2; line++) {
    const [content = ""] = text.slice(start).split(/\r\n|\n|\r/, 1);
    const [match, name] = COOKIE.exec(content) ?? [];
    if (match !== undefined && name !== undefined) {
      const end = start + match.length;
      return { name, start: end - name.length, end };
    }
    if (!BLANK_OR_COMMENT.test(content)) return null;
    start += content.length + (text.startsWith("\r\n", start + content.length) ? 2 : 1);
  }
  return null;
}

/** Where the first replacement stands that the bytes themselves do not spell. */
function byteProblem(text: string, bytes: Uint8Array): EncodingProblem | null {
  let at = text.indexOf("\ufffd");
  if (at < 0) return null;
  let offset = Buffer.byteLength(text.slice(0, at));
  while (at >= 0 && isReplacement(bytes, offset)) {
    const next = text.indexOf("\ufffd", at + 1);
    if (next < 0) return null;
    offset += Buffer.byteLength(text.slice(at, next));
    at = next;
  }
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, "0");
  return {
    verdict: "invalid",
    diagnostic: {
      rule: "encoding",
      severity: "error",
      message: `the byte 0x${byte} is not UTF-8`,
      hint: "Python does not read this file either: save it as UTF-8, or name its encoding in the first line.",
      start: at,
      end: at + 1,
    },
  };
}

function isReplacement(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
}
