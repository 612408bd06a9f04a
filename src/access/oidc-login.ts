import * as oidc from 'openid-client'
import { AppError, roles, type Role } from '../shared/index.ts'
import type { Store } from '../store/index.ts'
import type { OidcStart, Principal } from './access.ts'
import { nameIn, roleIn, type Claims } from './claims.ts'
import { identityProvider, type OidcOptions } from './provider.ts'
import { later, type Clock } from './secrets.ts'
import { isSameName, localUser, type Users } from './users.ts'

interface Person {
  user: string
  role: Role
}

export interface OidcLogin {
  /** As people know the provider. */
  name: string
  /** Whether the provider has issued a token that says this. */
  isIssuer(issuer: unknown): boolean
  start(redirectUri: string, to: string): Promise<OidcStart>
  finish(callback: URL, state: string | undefined): Promise<Person & { to: string }>
  /** @throws {AppError} SESSION_ENDED, IDENTITY_PROVIDER, or LOGIN_FAILED when its user has no role here */
  verify(token: string): Promise<Principal>
}

/** What the browser keeps, sealed, while it is at the provider. */
interface Kept {
  verifier: string
  nonce: string
  state: string
  redirectUri: string
  to: string
  /** ISO 8601 */
  expiresAt: string
}

const stateSeconds = 10 * 60
const aboutState = 'a login at the identity provider'
const ownRoles = Object.fromEntries(roles.map((role) => [role, role]))

export function oidcLogin(options: OidcOptions, { vault }: Store, users: Users, now: Clock): OidcLogin {
  const { scope = 'openid profile email', rolesClaim = 'roles', roles: meaning = ownRoles } = options
  const provider = identityProvider(options, now)

  function opened(sealed: string | undefined): Kept {
    try {
      const kept = JSON.parse(vault.open(sealed ?? '', aboutState)) as Kept
      if (kept.expiresAt > now().toISOString()) return kept
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
    throw failed('The login took too long, or was begun in another browser.')
  }

  async function personOf(claims: Claims): Promise<Person> {
    const user = nameIn(claims)
    if (user === undefined) throw failed(`${provider.name} does not say who that is.`)
    const role = roleIn(claims, rolesClaim, meaning)
    if (!role)
      throw failed(`${provider.name} gives ${user} no role for Flathouse in the claim "${rolesClaim}".`)
    if (isSameName(user, localUser) || (await users.find(user)))
      throw failed(
        `${user} is the name of a user of this Flathouse itself, and cannot come from ${provider.name}.`,
      )
    return { user, role }
  }

  /** Of the ID token, and of the provider's user information when the role is not in that. */
  async function claimsOf(configuration: oidc.Configuration, tokens: Tokens): Promise<Claims> {
    const claims: Claims & { sub?: string } = tokens.claims() ?? {}
    const { userinfo_endpoint } = configuration.serverMetadata()
    if (roleIn(claims, rolesClaim, meaning) || userinfo_endpoint === undefined) return claims
    const more = await provider.asked(
      oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub ?? ''),
    )
    return { ...more, ...claims }
  }

  return {
    name: provider.name,
    isIssuer: (issuer) => provider.isIssuer(issuer),
    async start(redirectUri, to) {
      const [verifier, nonce, state] = [oidc.randomPKCECodeVerifier(), oidc.randomNonce(), oidc.randomState()]
      const url = oidc.buildAuthorizationUrl(await provider.configuration(), {
        redirect_uri: redirectUri,
        scope,
        nonce,
        state,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const expiresAt = later(now(), stateSeconds).toISOString()
      const kept: Kept = { verifier, nonce, state, redirectUri, to: ownPath(to), expiresAt }
      return { url: url.href, state: vault.seal(JSON.stringify(kept), aboutState) }
    },
    async finish(callback, sealed) {
      const { verifier, nonce, state, redirectUri, to } = opened(sealed)
      if (callback.searchParams.get('state') !== state)
        throw failed('The login was begun in another window, or by somebody else.')
      // Behind a proxy the address that the server sees is not the one that the provider was told.
      const seen = new URL(callback.search, redirectUri)
      const configuration = await provider.configuration()
      const checks = {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }
      const tokens = await provider.asked(oidc.authorizationCodeGrant(configuration, seen, checks))
      return { ...(await personOf(await claimsOf(configuration, tokens))), to }
    },
    async verify(token) {
      const claims = await provider.verify(token)
      const person = await personOf(claims)
      return { ...person, way: 'oidc', sessionId: null, expiresAt: new Date(Number(claims.exp) * 1000) }
    },
  }
}

type Tokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>

const failed = (sentence: string) => new AppError('LOGIN_FAILED', sentence)

/** Anything that a browser could take for an address elsewhere leads to the first page. */
const ownPath = (to: string): string => (/^\/(?![/\\])[^\\\s\p{C}]*$/u.test(to) ? to : '/')
