import { extname } from 'node:path'
import { compressionOf } from './compression.ts'
import { hostile } from './errors.ts'
import { partSuffix } from './part-names.ts'

/** Leaves room for a number, and for what an export appends. */
const longest = 200
const reservedOnWindows = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i

// Of a dot, a slash and a backslash: they make a name look like a path.
const lookAlike = /[\u2024\u2044\u2215\u29f5\u29f8\uff0e\uff0f\uff3c]/u

const isMisleading = (text: string) => hostile.test(text) || lookAlike.test(text)

/** Whether a name is one that every system can have, and looks like what it is. */
export const isPlainName = (name: string): boolean =>
  !isMisleading(name) && !/\\|[. ]$/.test(name) && !reservedOnWindows.test(name)

/** A name that somebody's browser sent, made into one that is a plain visible file on every system. */
export function cleanName(sent: string): string {
  const last = sent.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const visible = Array.from(last, (character) => (isMisleading(character) ? '' : character)).join('')
  let name = visible.replace(/^[. ]+/, '')
  // What ends so is taken for an unfinished export, and Windows drops the others.
  while (/[. ]$/.test(name) || name.endsWith(partSuffix)) name = name.replace(/(?:[. ]|\.part)$/, '')
  if (name === '' || name === '-') return 'upload'
  return shortened(name.replace(reservedOnWindows, '_$&'))
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name
  const [stem, extension] = split(name)
  const kept = Buffer.byteLength(extension) <= 20 ? extension : ''
  let characters = Array.from(stem)
  while (Buffer.byteLength(characters.join('') + kept) > longest) characters = characters.slice(0, -1)
  return characters.join('') + kept
}

/** `flights.csv.gz` → `flights (2).csv.gz` */
export function numbered(name: string, number: number): string {
  if (number === 1) return name
  const [stem, extension] = split(name)
  return `${stem} (${number})${extension}`
}

function split(name: string): [stem: string, extension: string] {
  const outer = extname(name)
  const stem = name.slice(0, name.length - outer.length)
  const inner = compressionOf(name) === 'none' ? '' : extname(stem)
  return [stem.slice(0, stem.length - inner.length), inner + outer]
}
