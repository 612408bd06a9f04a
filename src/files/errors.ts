import { AppError, type ErrorCode, toAppError } from '../shared/index.ts'

/**
 * What a system call was for: `source` reads a file that a person named, `target` writes one, `spool` copies a
 * stream into our data folder, `data` keeps our own folders in order.
 */
export type Role = 'source' | 'target' | 'spool' | 'data'

const shownLength = 300

/** A name as it may stand in a sentence: on one line, harmless to a terminal, and not endless. */
export function printable(name: string): string {
  const characters = Array.from(name.toWellFormed())
  const shown =
    characters.length <= shownLength
      ? characters
      : [...characters.slice(0, shownLength / 2), '…', ...characters.slice(-shownLength / 2)]
  return shown.map(escapeCharacter).join('')
}

// Controls, format characters that reorder text (bidirectional overrides) or are not seen, and line separators.
export const hostile = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeCharacter(character: string): string {
  if (!hostile.test(character)) return character
  const code = character.charCodeAt(0)
  return shortEscapes[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
}

/** The one way an error of this folder is made, so that each names its file. */
export function fileError(
  code: ErrorCode,
  name: string,
  sentence: (shown: string) => string,
  cause?: unknown,
): AppError {
  const shown = printable(name)
  return new AppError(code, sentence(`"${shown}"`), {
    place: { file: shown },
    ...(cause !== undefined && { cause }),
  })
}

export function outsideWorkspace(name: string): AppError {
  return fileError('FILE_OUTSIDE_WORKSPACE', name, (shown) => `${shown} is outside the workspace.`)
}

export function isDirectory(name: string): AppError {
  return fileError('FILE_IS_DIRECTORY', name, (shown) => `${shown} is a folder, not a file.`)
}

export function notFound(name: string): AppError {
  return fileError('FILE_NOT_FOUND', name, (shown) => `The file ${shown} does not exist.`)
}

export function folderNotFound(folder: string): AppError {
  return fileError('FILE_NOT_FOUND', folder, (shown) => `The folder ${shown} does not exist.`)
}

export function notRegular(name: string, kind: string): AppError {
  return fileError('FILE_NOT_REGULAR', name, (shown) => `${shown} is ${kind}, not a regular file.`)
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('CANCELLED', 'The transfer was cancelled.')
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

type Translation = readonly [ErrorCode, (shown: string) => string]

const full: Translation = ['DISK_FULL', (shown) => `The disk is full: ${shown} could not be written.`]
const spoolFull: Translation = [
  'DISK_FULL',
  (shown) => `The disk of the data folder is full: ${shown} could not be copied to it.`,
]
const unreadable: Translation = ['FILE_UNREADABLE', (shown) => `There is no permission to read ${shown}.`]
const unwritable: Translation = [
  'TARGET_UNWRITABLE',
  (shown) => `There is no permission to write ${shown} or its folder.`,
]
const readOnly: Translation = [
  'TARGET_UNWRITABLE',
  (shown) => `${shown} cannot be written: the file system is read-only.`,
]
const tooLarge: Translation = [
  'DISK_FULL',
  (shown) => `${shown} has reached the largest size that the file system or a limit allows.`,
]
const missing: Translation = ['FILE_NOT_FOUND', (shown) => `The file ${shown} does not exist.`]
const circular: Translation = [
  'FILE_NOT_FOUND',
  (shown) => `${shown} leads to no file: its symbolic links go in a circle or were just replaced.`,
]
const tooLong: Translation = ['FILE_NOT_FOUND', (shown) => `The name ${shown} is too long for any file.`]
const tooLongTarget: Translation = ['USAGE', (shown) => `The name ${shown} is too long for a file.`]
const folder: Translation = ['FILE_IS_DIRECTORY', (shown) => `${shown} is a folder, not a file.`]
const special: Translation = ['FILE_NOT_REGULAR', (shown) => `${shown} is not a regular file.`]

function translationOf(errno: string, role: Role): Translation | undefined {
  const reads = role === 'source'
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
      return missing
    case 'ELOOP':
      return circular
    case 'EISDIR':
      return folder
    case 'EACCES':
    case 'EPERM':
      return reads ? unreadable : unwritable
    case 'EROFS':
      return readOnly
    case 'ENOSPC':
    case 'EDQUOT':
      return role === 'spool' ? spoolFull : full
    case 'EFBIG':
      return tooLarge
    case 'ENAMETOOLONG':
      return reads ? tooLong : tooLongTarget
    case 'ENXIO':
    case 'ENODEV':
      return special
    default:
      return undefined
  }
}

/** The only place where an errno becomes an error that a person reads. */
export function translate(error: unknown, name: string, role: Role): AppError {
  if (error instanceof AppError) return error
  const translation = translationOf(errnoOf(error) ?? '', role)
  if (translation === undefined) return toAppError(error)
  return fileError(translation[0], name, translation[1], error)
}

/** Runs one system call (or a few) and translates what it throws. */
export async function translating<T>(name: string, role: Role, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw translate(error, name, role)
  }
}
