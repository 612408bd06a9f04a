import type { Kysely } from 'kysely'
import { AppError } from '../shared/index.ts'
import { owner } from './connections.ts'
import { openStateFile, type StateFile, type Tables } from './database.ts'
import { holdDataDir } from './hold.ts'
import { keyFileIn, newKey, readKeys, replaceKeys } from './keys.ts'
import { aboutKey } from './signing-keys.ts'
import { openVault, type Vault } from './vault.ts'

/** What became of the texts that are sealed in the state file. */
export interface Rotation {
  sealed: number
  /** Their key is not here, or they were changed: they stay as they are. */
  unreadable: number
  /** The file that the new key is in; null when the keys are given by the environment. */
  keyFile: string | null
}

/**
 * Seals all secrets of a data folder anew: with a new key in its key file, or with the first of the keys that are given.
 * When it is cut short, every secret can still be opened, and it can be done again.
 *
 * @throws {AppError} DATA_IN_USE when the folder is served, and what opening the store throws
 */
export async function rotateKey(dataDir: string, secretKey?: string): Promise<Rotation> {
  await using stack = new AsyncDisposableStack()
  const file = await openStateFile(dataDir)
  stack.defer(() => file.db.destroy())
  stack.use(holdDataDir(dataDir))
  const vault = await openVault(dataDir, secretKey)
  if (secretKey !== undefined) return { ...(await sealAnew(file, vault)), keyFile: null }
  const path = keyFileIn(dataDir)
  const key = newKey()
  await replaceKeys(path, [key, ...readKeys(path)])
  const counts = await sealAnew(file, vault)
  await replaceKeys(path, [key])
  return { ...counts, keyFile: path }
}

interface Sealed {
  text: string
  about: string
  replace: (text: string) => Promise<unknown>
}

async function sealAnew(file: StateFile, vault: Vault): Promise<Omit<Rotation, 'keyFile'>> {
  const counts = await file.atOnce(async (db) => {
    let sealed = 0
    let unreadable = 0
    for (const { text, about, replace } of [...(await secretsIn(db)), ...(await signingKeysIn(db))]) {
      const plain = opened(vault, text, about)
      if (plain === undefined) unreadable++
      else {
        await replace(vault.seal(plain, about))
        sealed++
      }
    }
    return { sealed, unreadable }
  })
  await file.scrub()
  return counts
}

async function secretsIn(db: Kysely<Tables>): Promise<Sealed[]> {
  const rows = await db.selectFrom('connections').selectAll().execute()
  return rows.flatMap((row) => {
    if (row.secrets === null) return []
    const replace = (secrets: string) =>
      db.updateTable('connections').set({ secrets }).where('name', '=', row.name).execute()
    return [{ text: row.secrets, about: owner(row), replace }]
  })
}

async function signingKeysIn(db: Kysely<Tables>): Promise<Sealed[]> {
  const rows = await db.selectFrom('signing_keys').selectAll().execute()
  return rows.map(({ id, private_key: text }) => ({
    text,
    about: aboutKey(id),
    replace: (private_key) =>
      db.updateTable('signing_keys').set({ private_key }).where('id', '=', id).execute(),
  }))
}

function opened(vault: Vault, text: string, about: string): string | undefined {
  try {
    return vault.open(text, about)
  } catch (error) {
    if (error instanceof AppError && error.code === 'SECRETS_UNREADABLE') return undefined
    throw error
  }
}
