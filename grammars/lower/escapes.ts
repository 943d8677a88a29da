const SIMPLE: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\n": "",
};

const ESCAPE = /\\(?:([\\'"abfnrtv\n])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g;
const BYTES_ESCAPE = /\\(?:([\\'"abfnrtv\n])|([0-7]{1,3})|x([0-9a-fA-F]{2}))/g;

/**
 * The value of a literal's body. Line ends are `\n` for Python, whatever the file has.
 *
 * Escapes that Python does not know stay as they are written, as in Python; so do the named
 * characters (`\N{BULLET}`), for which the Unicode names would be needed.
 */
export function decodeEscapes(
  body: string,
  kind: { readonly raw: boolean; readonly bytes: boolean },
): string {
  const text = body.includes("\r") ? body.replace(/\r\n?/g, "\n") : body;
  if (kind.raw || !text.includes("\\")) return text;
  return text.replace(
    kind.bytes ? BYTES_ESCAPE : ESCAPE,
    (whole: string, simple?: string, octal?: string, hex2?: string, hex4?: string, hex8?: string) => {
      if (simple !== undefined) return SIMPLE[simple] ?? whole;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const code = Number.parseInt(hex2 ?? hex4 ?? hex8 ?? "", 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
