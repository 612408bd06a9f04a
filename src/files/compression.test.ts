import { describe, expect, it } from 'vitest'
import { compressionOfBytes } from './compression.ts'
import { baseExtension, compressionOf } from './index.ts'

describe('compression by name', () => {
  it.each([
    ['a.csv', 'none', 'csv'],
    ['a.csv.gz', 'gzip', 'csv'],
    ['A.TSV.ZST', 'zstd', 'tsv'],
    ['a.b.json.bz2', 'bz2', 'json'],
    ['a.csv.xz', 'xz', 'csv'],
    ['a.csv.lz4', 'lz4', 'csv'],
    ['a.gz', 'gzip', ''],
    ['folder.gz/a', 'none', ''],
    ['.gz', 'none', ''],
    ['a', 'none', ''],
  ])('%s is %s, inside %s', (name, compression, extension) => {
    expect(compressionOf(name)).toBe(compression)
    expect(baseExtension(name)).toBe(extension)
  })
})

describe('compression by the first bytes', () => {
  it.each([
    ['1f8b0800', 'gzip'],
    ['28b52ffd', 'zstd'],
    ['425a6839', 'bz2'],
    ['fd377a585a00', 'xz'],
    ['04224d18', 'lz4'],
    ['612c620a', 'none'],
    ['1f', 'none'],
    ['', 'none'],
  ])('%s is %s', (hex, compression) => {
    expect(compressionOfBytes(Buffer.from(hex, 'hex'))).toBe(compression)
  })
})
