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

const ESCAPE =
  /\\(?:([\\'"abfnrtv\n])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([xuU]|N(?!\{)))/g;
/** Escapes that bytes have not got, where they are two ordinary characters. */
const UNICODE_ONLY = /^\\[uUN]/;

/**
 * The value of a literal's body; null where it has an escape that Python refuses, such as `\x` without digits.
 * Line ends are `\n` for Python, whatever the file has.
 *
 * Escapes that Python does not know stay as they are written, as in Python; so do the named
 * characters (`\N{BULLET}`), for which the Unicode names would be needed.
 */
export function decodeEscapes(
  body: string,
  kind: { readonly raw: boolean; readonly bytes: boolean },
): string | null {
  const text = body.includes("\r") ? body.replace(/\r\n?/g, "\n") : body;
  if (kind.raw || !text.includes("\\")) return text;
  let malformed = false;
  const decoded = text.replace(
    ESCAPE,
    (whole: string, simple?: string, octal?: string, hex2?: string, hex4?: string, hex8?: string) => {
      if (simple !== undefined) return SIMPLE[simple] ?? whole;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (kind.bytes && UNICODE_ONLY.test(whole)) return whole;
      const code = Number.parseInt(hex2 ?? hex4 ?? hex8 ?? "", 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      malformed = true;
      return whole;
    },
  );
  return malformed ? null : decoded;
}
