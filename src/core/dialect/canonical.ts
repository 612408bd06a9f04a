/**
 * The CSV that files are written from, as ClickHouse writes it: `,` between fields, `"` doubled in those that are quoted
 * (texts), LF after every record, `\N` for NULL.
 */
export const canonicalNull = '\\N'

const comma = 44
const lineFeed = 10
const quote = 34

/** Where the field that begins at `at` ends; -1 when the text is not long enough to tell. */
export function canonicalFieldEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== quote) {
    for (let end = at; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code === comma || code === lineFeed) return end
    }
    return -1
  }
  for (let end = at + 1; ; end += 2) {
    end = text.indexOf('"', end)
    if (end < 0 || end + 1 === text.length) return -1
    if (text.charCodeAt(end + 1) !== quote) return end + 1
  }
}

export const endsRecord = (text: string, fieldEnd: number): boolean => text.charCodeAt(fieldEnd) === lineFeed

/** Texts are quoted; numbers and NULL are not. */
export const isCanonicalText = (raw: string): boolean => raw.charCodeAt(0) === quote

/** The text of a field as it stands in the file. */
export function canonicalText(raw: string): string {
  if (!isCanonicalText(raw)) return raw
  const inner = raw.slice(1, -1)
  return inner.includes('"') ? inner.replaceAll('""', '"') : inner
}
