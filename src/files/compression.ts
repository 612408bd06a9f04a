import { extname } from 'node:path'
import type { Compression } from '../shared/index.ts'

const byExtension: Readonly<Record<string, Compression>> = {
  '.gz': 'gzip',
  '.zst': 'zstd',
  '.bz2': 'bz2',
  '.xz': 'xz',
  '.lz4': 'lz4',
}

const byMagic: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bz2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
]

/** How many bytes `compressionOfBytes` needs to see. */
export const magicLength = 6

export function compressionOf(fileName: string): Compression {
  return byExtension[extname(fileName).toLowerCase()] ?? 'none'
}

/** The extension that names the format: `a.csv.gz` → `csv`; empty when there is none. */
export function baseExtension(fileName: string): string {
  const last = extname(fileName)
  const isCompressed = compressionOf(fileName) !== 'none'
  const inner = isCompressed ? extname(fileName.slice(0, -last.length)) : last
  return inner.slice(1).toLowerCase()
}

/** A stream has no extension, so its first bytes tell. */
export function compressionOfBytes(head: Uint8Array): Compression {
  const found = byMagic.find(([, magic]) => magic.every((byte, index) => head[index] === byte))
  return found?.[0] ?? 'none'
}
