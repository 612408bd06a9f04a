import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../shared/index.ts'
import { explained } from './database.ts'

const keyBytes = 32

export const newKey = (): Buffer => randomBytes(keyBytes)

/** Undefined unless each of the texts is a key as base64 or hex. */
export function keysOf(texts: readonly string[]): Buffer[] | undefined {
  const keys = texts.map((text) => keyOf(text.trim()))
  return keys.every((key) => key !== undefined) ? keys : undefined
}

function keyOf(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

/** The keys of a data folder, in a file that only its owner reads: one per line, as base64; the first seals, all open. */
export const keyFileIn = (dataDir: string): string => join(dataDir, 'secrets.key')

/**
 * Makes the file when there is none. Of two processes that do so at once, both end up with the same key.
 *
 * @throws {AppError} STATE_UNUSABLE or DISK_FULL
 */
export async function ensureKeyFile(path: string): Promise<void> {
  if (existsSync(path)) return
  const draft = `${path}.${randomUUID()}`
  try {
    await writeKeys(draft, [newKey()])
    // A link comes to be at once, whole, and never in place of another file.
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
    await syncFolder(path)
  } catch (error) {
    throw explained(error, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * All at once: whoever reads the file finds the keys before or those after.
 *
 * @throws {AppError} STATE_UNUSABLE or DISK_FULL
 */
export async function replaceKeys(path: string, keys: readonly Buffer[]): Promise<void> {
  const draft = `${path}.next`
  try {
    await writeKeys(draft, keys)
    await rename(draft, path)
    await syncFolder(path)
  } catch (error) {
    throw explained(error, path)
  }
}

/** @throws {AppError} SECRETS_UNREADABLE when it is gone or damaged; STATE_UNUSABLE, also when others may read it */
export function readKeys(path: string): Buffer[] {
  const keys = keysOf(readPrivate(path).trimEnd().split('\n'))
  if (keys !== undefined) return keys
  throw new AppError(
    'SECRETS_UNREADABLE',
    `The key file ${path} is damaged: each of its lines must be a key.`,
    {
      place: { file: path },
    },
  )
}

function readPrivate(path: string): string {
  const place = { file: path }
  try {
    using file = openFile(path)
    const mode = fstatSync(file.number).mode & 0o777
    if ((mode & 0o077) === 0) return readFileSync(file.number, 'utf8')
    const sentence = `The key file ${path} is open to other users (mode ${mode.toString(8)}): run chmod 600 on it.`
    throw new AppError('STATE_UNUSABLE', sentence, { place })
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw explained(error, path)
    throw new AppError('SECRETS_UNREADABLE', `The key file ${path} is gone.`, { place, cause: error })
  }
}

function openFile(path: string): Disposable & { number: number } {
  const number = openSync(path, 'r')
  return { number, [Symbol.dispose]: () => closeSync(number) }
}

async function writeKeys(path: string, keys: readonly Buffer[]): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(keys.map((key) => `${key.toString('base64')}\n`).join(''))
  await file.sync()
}

/** So that a name outlives a failure of power. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
