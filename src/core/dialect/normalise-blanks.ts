const tab = 9
const carriageReturn = 13
const space = 32

/** Of the blanks that end there: 1 to 3 bytes, or 0. As `trim` knows them. */
function blankBefore(out: Uint8Array, start: number, end: number): number {
  const last = out[end - 1] ?? 0
  if (last === space || (last >= tab && last <= carriageReturn)) return 1
  if (last < 0x80) return 0
  if (last === 0xa0 && out[end - 2] === 0xc2 && end - 2 >= start) return 2
  return end - 3 >= start && isWideBlank(out, end - 3) ? 3 : 0
}

function blankAt(out: Uint8Array, at: number, end: number): number {
  const first = out[at] ?? 0
  if (first === space || (first >= tab && first <= carriageReturn)) return 1
  if (first < 0x80) return 0
  if (first === 0xc2 && out[at + 1] === 0xa0 && at + 2 <= end) return 2
  return at + 3 <= end && isWideBlank(out, at) ? 3 : 0
}

/** U+1680, U+2000–200A, 2028, 2029, 202F, 205F, 3000 and FEFF. */
function isWideBlank(out: Uint8Array, at: number): boolean {
  const [a, b, c] = [out[at] ?? 0, out[at + 1] ?? 0, out[at + 2] ?? 0]
  if (a === 0xe2 && b === 0x80) return (c >= 0x80 && c <= 0x8a) || c === 0xa8 || c === 0xa9 || c === 0xaf
  if (a === 0xe2) return b === 0x81 && c === 0x9f
  if (a === 0xe1) return b === 0x9a && c === 0x80
  if (a === 0xe3) return b === 0x80 && c === 0x80
  return a === 0xef && b === 0xbb && c === 0xbf
}

/** Where the text that begins at `start` ends without its blanks, in bytes of UTF-8. */
export function trimmedEnd(out: Uint8Array, start: number, from: number): number {
  let end = from
  while (end > start) {
    const blank = blankBefore(out, start, end)
    if (blank === 0) break
    end -= blank
  }
  return end
}

export function trimmedStart(out: Uint8Array, from: number, end: number): number {
  let start = from
  while (start < end) {
    const blank = blankAt(out, start, end)
    if (blank === 0) break
    start += blank
  }
  return start
}
