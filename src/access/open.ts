import { decodeJwt, errors } from 'jose'
import { AppError } from '../shared/index.ts'
import type { Store } from '../store/index.ts'
import type { Access, Principal } from './access.ts'
import { apiTokens, tokenPrefix } from './api-tokens.ts'
import { auditLog } from './audit.ts'
import { ourName, openKeys } from './keys.ts'
import { oidcLogin, type OidcLogin } from './oidc-login.ts'
import { passwords } from './passwords.ts'
import type { OidcOptions } from './provider.ts'
import { hashOf, later, randomSecret, type Clock } from './secrets.ts'
import { sessions } from './sessions.ts'
import { localUser, users } from './users.ts'

export interface AccessOptions {
  store: Store
  /** Whoever may use this machine's account may log in by a one-time link, as an admin. */
  link: boolean
  oidc?: OidcOptions
  now?: Clock
}

const codeSeconds = 10 * 60

/** @throws {AppError} IDENTITY_PROVIDER when its issuer would have to be asked in the clear */
export async function openAccess(options: AccessOptions): Promise<Access & AsyncDisposable> {
  const { store, link, oidc, now = () => new Date() } = options
  const audit = auditLog(store, now)
  const hashes = passwords()
  const open = sessions(store, await openKeys(store, now), audit, now)
  const known = users({ store, passwords: hashes, sessions: open, link, now })
  const provider = oidc && oidcLogin(oidc, store, known, now)
  const tokens = apiTokens(store, provider !== undefined, now)

  return {
    async ways() {
      const isPassword = (await known.api.list()).some(({ isDisabled }) => !isDisabled)
      return { password: isPassword, oidc: provider?.name ?? null, link }
    },
    async authenticate(token) {
      if (!token) throw new AppError('LOGIN_REQUIRED', 'This asks for a login.')
      return await verifierOf(token)(token)
    },
    loginByPassword: (user, password) => known.loginByPassword(user, password),
    async createCode() {
      const code = randomSecret()
      await store.loginCodes.insert(hashOf(code), later(now(), codeSeconds), now())
      return code
    },
    async loginByCode(code) {
      if (link && (await store.loginCodes.take(hashOf(code), now())))
        return await open.open({ user: localUser, role: 'admin', way: 'link' })
      throw new AppError('LOGIN_FAILED', 'The link was used before, or is older than ten minutes.')
    },
    refresh: (refreshToken) => open.refresh(refreshToken),
    logout: (sessionId) => open.end(sessionId),
    startOidc: async (redirectUri, to) => await asked().start(redirectUri, to),
    async finishOidc(callback, state) {
      const { to, ...person } = await asked().finish(callback, state)
      return { session: await open.open({ ...person, way: 'oidc' }), to }
    },
    users: known.api,
    tokens: tokens.api,
    audit,
    [Symbol.asyncDispose]: () => hashes.idle(),
  }

  function verifierOf(token: string): (token: string) => Promise<Principal> {
    if (token.startsWith(tokenPrefix)) return (given) => tokens.verify(given)
    const issuer = issuerOf(token)
    if (issuer === ourName) return (given) => open.verify(given)
    if (provider?.isIssuer(issuer)) return (given) => provider.verify(given)
    throw new AppError('SESSION_ENDED', 'The login is not one of this Flathouse.')
  }

  function asked(): OidcLogin {
    if (provider) return provider
    throw new AppError('ROUTE_NOT_FOUND', 'Nobody logs in by an identity provider here.')
  }
}

/** What it says itself: nothing is believed yet. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
