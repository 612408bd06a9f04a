import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto'
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose'
import { AppError } from '../shared/index.ts'
import { aboutKey, type Store } from '../store/index.ts'
import { later, type Clock } from './secrets.ts'

/** Who signs our tokens, and whom they are for. Another Flathouse says the same, but has other keys. */
export const ourName = 'flathouse'
/** How long an access token holds. */
export const accessSeconds = 15 * 60

export interface Keys {
  /** With the newest key, which is made when there is none or it is older than 30 days. */
  sign(claims: JWTPayload, expiresAt: Date): Promise<string>
  /** @throws {AppError} SESSION_ENDED */
  verify(token: string): Promise<JWTPayload>
}

interface Key {
  id: string
  privateKey: KeyObject
  publicKey: KeyObject
  createdAt: Date
}

const keySeconds = 30 * 24 * 3600

/** Ed25519 keys that change by themselves; old ones are good for as long as a token that they signed. */
export async function openKeys({ signingKeys: store, vault }: Store, now: Clock): Promise<Keys> {
  let known: Key[] = []

  async function load(): Promise<void> {
    const stored = await store.all()
    known = stored.flatMap(({ id, privateKey, createdAt }) => {
      const pem = openedOrLost(privateKey, id)
      return pem === undefined ? [] : [keyOf(id, createPrivateKey(pem), new Date(createdAt))]
    })
  }

  function openedOrLost(sealed: string, id: string): string | undefined {
    try {
      return vault.open(sealed, aboutKey(id))
    } catch (error) {
      // Its tokens hold no more; sessions go on by their refresh tokens.
      if (error instanceof AppError && error.code === 'SECRETS_UNREADABLE') return undefined
      throw error
    }
  }

  async function create(): Promise<Key> {
    const key = keyOf(randomUUID(), generateKeyPairSync('ed25519').privateKey, now())
    const privateKey = vault.seal(
      key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      aboutKey(key.id),
    )
    const stored = { id: key.id, privateKey, createdAt: key.createdAt.toISOString() }
    await store.insert(stored, later(now(), -keySeconds - accessSeconds))
    known = [key, ...known]
    return key
  }

  const newest = () => known.find(({ createdAt }) => later(createdAt, keySeconds) > now())

  async function find(id: string | undefined): Promise<Key> {
    const has = () => known.find((key) => key.id === id)
    if (!has()) await load()
    const key = has()
    if (key && later(key.createdAt, keySeconds + accessSeconds) > now()) return key
    throw new AppError('SESSION_ENDED', sentence)
  }

  await load()
  return {
    async sign(claims, expiresAt) {
      const key = newest() ?? (await create())
      return await new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid: key.id })
        .setIssuer(ourName)
        .setAudience(ourName)
        .setIssuedAt(now())
        .setExpirationTime(expiresAt)
        .sign(key.privateKey)
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, async ({ kid }) => (await find(kid)).publicKey, {
          algorithms: ['EdDSA'],
          issuer: ourName,
          audience: ourName,
          requiredClaims: ['exp', 'sub', 'sid'],
          currentDate: now(),
        })
        return payload
      } catch (cause) {
        if (!(cause instanceof errors.JOSEError)) throw cause
        throw new AppError('SESSION_ENDED', sentence, { detail: cause.code })
      }
    },
  }
}

/** Says nothing about why: whoever forged it need not know. */
const sentence = 'The login has ended.'

const keyOf = (id: string, privateKey: KeyObject, createdAt: Date): Key => ({
  id,
  privateKey,
  publicKey: createPublicKey(privateKey),
  createdAt,
})
