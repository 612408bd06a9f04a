const names: Partial<Record<string, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '|': 'pipe',
  ':': 'colon',
  '^': 'caret',
  '~': 'tilde',
}

/** For a person: "tab", "comma `,`", "byte 0x1F". */
export function describeDelimiter(delimiter: string): string {
  const name = names[delimiter]
  return name === undefined ? showDelimiter(delimiter) : `${name} \`${delimiter}\``
}

/** The same, as short as a sentence about counts wants it: "tab", "`,`", "byte 0x1F". */
export function showDelimiter(delimiter: string): string {
  if (delimiter === '\t') return 'tab'
  if (delimiter === ' ') return 'space'
  const code = delimiter.charCodeAt(0)
  if (delimiter.length === 1 && code < 32) return `byte 0x${code.toString(16).toUpperCase().padStart(2, '0')}`
  return `\`${delimiter.replaceAll('\t', '⇥')}\``
}

/** 3377 → "3,377", the same in every locale. */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/gu, ',')
}

export function count(value: number, noun: string): string {
  return `${thousands(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** Rounded down, so that only all of them are 100 %. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

export function describeTerminator(terminator: string): string {
  return terminator === '\n' ? 'LF' : terminator === '\r\n' ? 'CRLF' : 'CR'
}
