import type { Dialect, SniffedFile } from '../../../shared/index.ts'

const delimiterNames: Partial<Record<string, string>> = {
  ',': 'comma ,',
  ';': 'semicolon ;',
  '\t': 'tab ⇥',
  '|': 'pipe |',
  ' ': 'space',
}

/** Those that are offered by name. */
export const usualDelimiters = [',', ';', '\t', '|'] as const

export const delimiterText = (delimiter: string): string =>
  delimiterNames[delimiter] ?? delimiter.replaceAll('\t', '⇥')

export const quoteText = (quote: Dialect['quote']): string => quote ?? 'none'

export const escapeText = (escape: Dialect['escape']): string =>
  escape === null ? 'none' : escape === 'double' ? 'doubled quotes ""' : 'backslash \\'

export const headerText = (header: boolean): string => (header ? 'first line has names' : 'no header')

export const encodingText = (encoding: string): string =>
  encoding === 'binary' ? 'bytes as they are' : encoding.toUpperCase()

/** "UTF-8 · delimiter comma , · header" */
export function layoutLine({ encoding, compression, dialect }: SniffedFile): string {
  const { delimiter, quote, header, skipLines } = dialect
  return [
    encodingText(encoding),
    ...(compression === 'none' ? [] : [compression]),
    `delimiter ${delimiterText(delimiter)}`,
    ...(quote === '"' || quote === null ? [] : [`quote ${quote}`]),
    header ? 'header' : 'no header',
    ...(skipLines > 0 ? [`${skipLines} ${skipLines === 1 ? 'line' : 'lines'} skipped`] : []),
  ].join(' · ')
}
