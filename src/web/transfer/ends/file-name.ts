import type { Compression } from '../../../shared/index.ts'

export type FileFormat = 'csv' | 'tsv' | 'psv'

/** By which ending a file's name says how it is compressed. */
const endings: Record<Compression, string> = {
  none: '',
  gzip: '.gz',
  zstd: '.zst',
  bz2: '.bz2',
  xz: '.xz',
  lz4: '.lz4',
}

interface NameParts {
  /** With its folders. */
  stem: string
  /** As it stands in the name, with its dot; empty when there is none. */
  extension: string
  compression: Compression
}

export function partsOf(path: string): NameParts {
  const packed = Object.entries(endings).find(
    ([, ending]) => ending !== '' && path.toLowerCase().endsWith(ending),
  )
  const rest = packed ? path.slice(0, -packed[1].length) : path
  const extension = /(?<=[^/])\.[^./]*$/.exec(rest)?.[0] ?? ''
  return {
    stem: rest.slice(0, rest.length - extension.length),
    extension,
    compression: (packed?.[0] ?? 'none') as Compression,
  }
}

/** The first of the files that a split export writes. */
export function firstOf(path: string): string {
  const { stem } = partsOf(path)
  return `${stem}-00001${path.slice(stem.length)}`
}

/** What the name says of the layout; other names mean CSV. */
export function formatOf(path: string): FileFormat {
  const extension = partsOf(path).extension.toLowerCase()
  if (extension === '.psv') return 'psv'
  return extension === '.tsv' || extension === '.tab' ? 'tsv' : 'csv'
}

const delimiters: Record<FileFormat, string> = { csv: ',', tsv: '\t', psv: '|' }

/** What stands between the fields of a file that is written under this name, unless it was chosen. */
export const usualDelimiter = (path: string): string => delimiters[formatOf(path)]

export function withFormat(path: string, format: FileFormat): string {
  const { stem, compression } = partsOf(path)
  return stem === '' ? '' : `${stem}.${format}${endings[compression]}`
}

export function withCompression(path: string, compression: Compression): string {
  const { stem, extension } = partsOf(path)
  return stem === '' ? '' : `${stem}${extension}${endings[compression]}`
}

export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Several files are read as one. */
export const isPattern = (path: string): boolean => /[*?[{]/.test(path)

/** The name for a table that a file goes into: the file's, or its folder's, in letters, digits and underscores. */
export function tableNameFor(path: string): string {
  const named = partsOf(path)
    .stem.split('/')
    .map(plainName)
    .findLast((name) => name !== '')
  return named ?? (path === '' ? '' : 'data')
}

const plainName = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N}]+/gu, '_').replaceAll(/^_+|_+$/g, '')

export const fileNameFor = (table: string): string =>
  table === '' ? '' : `${table.replaceAll(/[/\\:*?"<>|\p{Cc}]+/gu, '_')}.csv`
