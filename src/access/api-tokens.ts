import { randomUUID } from 'node:crypto'
import { AppError, type ApiToken, type Role } from '../shared/index.ts'
import type { Store } from '../store/index.ts'
import type { Access, Principal } from './access.ts'
import { isAtLeast, lesser } from './roles.ts'
import { hashOf, later, randomSecret, type Clock } from './secrets.ts'
import { localUser } from './users.ts'

export interface ApiTokens {
  api: Access['tokens']
  /** @throws {AppError} SESSION_ENDED */
  verify(token: string): Promise<Principal>
}

/** What tells one from a JWT, and lets scanners of source code know it. */
export const tokenPrefix = 'fh_'

const usedSeconds = 60

/** @param isProvided users may be known to an identity provider instead of here */
export function apiTokens({ apiTokens: store, users }: Store, isProvided: boolean, now: Clock): ApiTokens {
  /** What its user may do at present, as far as that is known here. */
  async function presentRole({ user, scope }: ApiToken): Promise<Role | undefined> {
    if (user === localUser) return 'admin'
    const found = await users.get(user)
    if (found) return found.isDisabled ? undefined : found.role
    return isProvided ? scope : undefined
  }

  async function noteUse({ id, usedAt }: ApiToken): Promise<void> {
    const isRecent = usedAt !== null && later(new Date(usedAt), usedSeconds) > now()
    if (!isRecent) await store.setUsed(id, now().toISOString())
  }

  return {
    async verify(token) {
      const found = await store.byHash(hashOf(token))
      const role = found && found.expiresAt > now().toISOString() ? await presentRole(found) : undefined
      if (!found || !role) throw new AppError('SESSION_ENDED', 'The API token holds no more.')
      await noteUse(found)
      return {
        user: found.user,
        role: lesser(found.scope, role),
        way: 'token',
        sessionId: null,
        expiresAt: null,
      }
    },
    api: {
      list: ({ user, role }) => store.list(role === 'admin' ? undefined : user),
      async create(principal, { name, scope, days }) {
        requireMayCreate(principal, scope)
        const { user, way } = principal
        const secret = `${tokenPrefix}${randomSecret()}`
        const times = { createdAt: now().toISOString(), expiresAt: later(now(), days * 86_400).toISOString() }
        const token: ApiToken = { id: randomUUID(), name, user, scope, ...times, usedAt: null }
        await store.insert(token, hashOf(secret))
        if (way === 'password' && !(await isEnabled(user))) {
          // They were removed meanwhile, with all the tokens that were there.
          await store.delete(token.id)
          throw new AppError('SESSION_ENDED', 'The login has ended.')
        }
        return { ...token, token: secret }
      },
      async revoke({ user, role }, id) {
        if (await store.delete(id, role === 'admin' ? undefined : user)) return
        throw new AppError('API_TOKEN_NOT_FOUND', `There is no API token ${id}.`)
      },
    },
  }

  async function isEnabled(name: string): Promise<boolean> {
    return (await users.get(name))?.isDisabled === false
  }
}

/** A token that makes tokens would never end. */
function requireMayCreate({ user, role, way }: Principal, scope: Role): void {
  if (way === 'token')
    throw new AppError('ROLE_MISSING', 'An API token cannot create another: log in to do that.')
  if (!isAtLeast(role, scope))
    throw new AppError(
      'ROLE_MISSING',
      `${user} is ${role}, and cannot create a token with the role ${scope}.`,
    )
}
