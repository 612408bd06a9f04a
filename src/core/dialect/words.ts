import type { Encoding } from '../../shared/index.ts'

const names: Partial<Record<string, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '|': 'pipe',
  ':': 'colon',
  '^': 'caret',
  '~': 'tilde',
}

const families: Partial<Record<Encoding, string>> = {
  'windows-1252': 'Western European',
  'windows-1250': 'Central European',
  'windows-1251': 'Cyrillic',
  'windows-1253': 'Greek',
  'windows-1254': 'Turkish',
  'windows-1257': 'Baltic',
  'iso-8859-2': 'Central European',
  'iso-8859-5': 'Cyrillic',
  'iso-8859-7': 'Greek',
  'iso-8859-15': 'Western European',
  'koi8-r': 'Cyrillic',
  ibm866: 'Cyrillic, from DOS',
  macintosh: 'Western European, from old Macintoshes',
  shift_jis: 'Japanese',
  'euc-jp': 'Japanese',
  gb18030: 'Chinese',
  big5: 'Chinese, traditional',
  'euc-kr': 'Korean',
}

/** `shift_jis (Japanese)` */
export function describeEncoding(encoding: Encoding): string {
  const family = families[encoding]
  return family === undefined ? encoding : `${encoding} (${family})`
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

/** The beginning of a text, on one line. */
export function shorten(text: string): string {
  const line = text.trim().replaceAll(/[\r\n]+/gu, ' ')
  return line.length > 60 ? `${line.slice(0, 60)}…` : line
}

export function describeTerminator(terminator: string): string {
  return terminator === '\n' ? 'LF' : terminator === '\r\n' ? 'CRLF' : 'CR'
}
