import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { AppError } from '../shared/index.ts'
import { ensureKeyFile, keyFileIn, keysOf, readKeys } from './keys.ts'

/** Seals what must not be read from a copy of the state file (AES-256-GCM). */
export interface Vault {
  /** @param about what the text belongs to: it cannot be opened as belonging to something else */
  seal(text: string, about: string): string
  /** @throws {AppError} SECRETS_UNREADABLE */
  open(sealed: string, about: string): string
}

/**
 * A key file is made in the data folder when there is none and no key is given.
 *
 * @param secretKey 32 bytes as base64 or hex; several, separated by commas: the first seals, all open
 * @throws {AppError} USAGE, SECRETS_UNREADABLE, STATE_UNUSABLE or DISK_FULL
 */
export async function openVault(dataDir: string, secretKey?: string): Promise<Vault> {
  if (secretKey !== undefined) {
    const keys = givenKeys(secretKey)
    return vaultOf(() => keys)
  }
  const path = keyFileIn(dataDir)
  await ensureKeyFile(path)
  readKeys(path)
  // Read anew each time: another process may rotate, and what was then sealed with the old key would be lost.
  return vaultOf(() => readKeys(path))
}

/** @throws {AppError} USAGE */
function givenKeys(secretKey: string): Buffer[] {
  const keys = keysOf(secretKey.split(','))
  if (keys !== undefined) return keys
  throw new AppError(
    'USAGE',
    'FLATHOUSE_SECRET_KEY holds no key: give 32 bytes as base64 or hex, as "openssl rand -base64 32" prints them.',
  )
}

/** The first key seals; the others open what was sealed before the last rotation. */
const vaultOf = (keys: () => readonly Buffer[]): Vault => ({
  seal: (text, about) => seal(text, about, keys()[0] ?? Buffer.alloc(0)),
  open(sealed, about) {
    const key = keys().find((one) => sealed.startsWith(`${keyId(one)}.`))
    if (key !== undefined) return open(sealed, about, key)
    throw new AppError(
      'SECRETS_UNREADABLE',
      `The key that the secrets of ${about} were sealed with is not here.`,
    )
  },
})

function seal(text: string, about: string, key: Buffer): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(about))
  const parts = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return `${keyId(key)}.${Buffer.concat(parts).toString('base64url')}`
}

function open(sealed: string, about: string, key: Buffer): string {
  const bytes = Buffer.from(sealed.slice(sealed.indexOf('.') + 1), 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(about))
    decipher.setAuthTag(bytes.subarray(-16))
    return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
  } catch (cause) {
    throw new AppError('SECRETS_UNREADABLE', `The secrets of ${about} were changed or belong elsewhere.`, {
      cause,
    })
  }
}

const keyId = (key: Buffer): string => createHash('sha256').update(key).digest('base64url').slice(0, 8)
