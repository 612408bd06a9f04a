import { extname } from 'node:path'
import { compressionOf } from './compression.ts'

export const partSuffix = '.part'

/** What stands before and after the number in the names of split files. */
export interface SplitNames {
  stem: string
  /** With its dot, also that of the compression; may be empty. */
  extension: string
}

/** `a.csv.gz` → `a`, `.csv.gz` */
export function splitNames(name: string): SplitNames {
  const last = extname(name)
  const inner = compressionOf(name) === 'none' ? '' : extname(name.slice(0, -last.length))
  const extension = inner + last
  return { stem: name.slice(0, name.length - extension.length), extension }
}

/** @param number from 1 */
export const splitName = ({ stem, extension }: SplitNames, number: number): string =>
  `${stem}-${String(number).padStart(5, '0')}${extension}`

/** Whether a file has the name of one of them, finished or not. */
export function isSplitName({ stem, extension }: SplitNames, name: string): boolean {
  const middle = name.slice(stem.length, name.length - extension.length)
  return name === stem + middle + extension && /^-\d{5}$/.test(middle)
}

export const manifestName = ({ stem }: SplitNames): string => `${stem}.manifest.json`

export const partOf = (name: string): string => name + partSuffix

/** In the mount of an export: the links that lead to its unfinished files. Those to sources have numbers for names. */
export const partLinkOf = (number?: number): string => (number === undefined ? 'part' : `part-${number}`)
export const isPartLink = (name: string): boolean => /^part(-\d+)?$/.test(name)
