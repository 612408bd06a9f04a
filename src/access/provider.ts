import { createRemoteJWKSet, customFetch as fetchOfJose, errors, jwtVerify, type JWTPayload } from 'jose'
import * as oidc from 'openid-client'
import { AppError, type Role } from '../shared/index.ts'
import type { Clock } from './secrets.ts'

export interface OidcOptions {
  /** Its discovery document is at `<issuer>/.well-known/openid-configuration`. Plain http only on this machine. */
  issuer: string
  clientId: string
  /** Without it the client is a public one: PKCE alone protects its codes. */
  clientSecret?: string
  /** `openid profile email` unless given. */
  scope?: string
  /** The claim that holds the roles: `roles` unless given, or a path such as `realm_access.roles`. */
  rolesClaim?: string
  /** What its values mean; by default they are the roles themselves. */
  roles?: Readonly<Record<string, Role>>
  /** Whom its Bearer tokens must be for; the client unless given. */
  audience?: string
  /** As people know it; the host of the issuer unless given. */
  name?: string
}

/** The identity provider's side of a login. What it says wrong becomes IDENTITY_PROVIDER, which names it. */
export interface Provider {
  /** As people know it. */
  name: string
  isIssuer(issuer: unknown): boolean
  /** What the provider says of itself, asked when first needed. */
  configuration(): Promise<oidc.Configuration>
  /** Claims of a token for us. @throws {AppError} SESSION_ENDED or IDENTITY_PROVIDER */
  verify(token: string): Promise<JWTPayload>
  /** @throws {AppError} LOGIN_FAILED when the person or the code was refused, else IDENTITY_PROVIDER */
  asked<T>(answer: Promise<T>): Promise<T>
}

const timeoutSeconds = 10
/** How long a provider that did not answer is left alone. */
const pauseMs = 1000
// Never a symmetric one: its secret would be the public key.
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** @throws {AppError} IDENTITY_PROVIDER when it would have to be asked in the clear */
export function identityProvider(options: OidcOptions, now: Clock): Provider {
  const { issuer, clientId, clientSecret, audience = clientId } = options
  const url = new URL(issuer)
  const { host } = url
  requireTls(url)
  let known: Promise<Known> | undefined

  async function discover(): Promise<Known> {
    const isPlain = url.protocol === 'http:'
    const settings = {
      timeout: timeoutSeconds,
      [oidc.customFetch]: safeFetch,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- our fetch lets only the own machine be asked so
      execute: isPlain ? [oidc.allowInsecureRequests] : [],
    }
    const auth = clientSecret === undefined ? oidc.None() : secretAuth(clientSecret)
    const configuration = await asked(oidc.discovery(url, clientId, undefined, auth, settings))
    const { jwks_uri } = configuration.serverMetadata()
    if (jwks_uri === undefined) throw unusable('It publishes no keys.')
    const keys = createRemoteJWKSet(new URL(jwks_uri), {
      timeoutDuration: timeoutSeconds * 1000,
      cooldownDuration: pauseMs,
      [fetchOfJose]: safeFetch,
    })
    return { configuration, keys }
  }

  const knowledge = () => (known ??= discover().catch(forgetLater))

  function forgetLater(error: unknown): never {
    setTimeout(() => (known = undefined), pauseMs).unref()
    throw error
  }

  const unusable = (detail: string): AppError =>
    new AppError('IDENTITY_PROVIDER', `The identity provider ${host} cannot be used now.`, {
      detail,
      place: { host },
    })

  async function asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw refusal(error, host) ?? unusable(reason(error))
    }
  }

  return {
    name: options.name ?? host,
    isIssuer: (given) => typeof given === 'string' && withoutSlash(given) === withoutSlash(issuer),
    configuration: async () => (await knowledge()).configuration,
    asked,
    async verify(token) {
      const { configuration, keys } = await knowledge()
      const checks = {
        issuer: configuration.serverMetadata().issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'sub'],
        currentDate: now(),
      }
      try {
        return (await jwtVerify(token, keys, checks)).payload
      } catch (error) {
        if (!isTokensFault(error)) throw unusable(reason(error))
        throw new AppError('SESSION_ENDED', `The token of ${host} holds no more, or is not for us.`, {
          detail: error.code,
        })
      }
    },
  }
}

interface Known {
  configuration: oidc.Configuration
  keys: ReturnType<typeof createRemoteJWKSet>
}

/** In the way that the provider says it understands; that of the standard when it says nothing. */
const secretAuth =
  (secret: string): oidc.ClientAuth =>
  (server, client, body, headers) => {
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server
    const way = methods.includes('client_secret_basic') ? oidc.ClientSecretBasic : oidc.ClientSecretPost
    way(secret)(server, client, body, headers)
  }

const ownMachine = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Codes, secrets and tokens go there and back. */
function requireTls({ protocol, hostname, host }: URL): void {
  if (protocol === 'https:' || (protocol === 'http:' && ownMachine.test(hostname))) return
  throw new AppError('IDENTITY_PROVIDER', `The identity provider ${host} must be asked by https.`, {
    place: { host },
  })
}

/** Also where the provider's own documents lead to. */
function safeFetch(address: string, options: object): Promise<Response> {
  requireTls(new URL(address))
  return fetch(address, options)
}

const isTokensFault = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  error.code !== 'ERR_JOSE_GENERIC'

/** What is not the provider's fault. */
function refusal(error: unknown, host: string): AppError | undefined {
  if (error instanceof AppError) return error
  const isCode = error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant'
  if (!isCode && !(error instanceof oidc.AuthorizationResponseError)) return undefined
  return new AppError(
    'LOGIN_FAILED',
    `The identity provider ${host} refused the login (${word(error.error)}).`,
  )
}

/** Only codes: a message or a cause may hold what was sent and what came back. */
function reason(error: unknown): string {
  const { name, code, error: said, cause } = error as Partial<Record<string, unknown>>
  const inner = (cause as { code?: unknown } | undefined)?.code
  const [challenge] = error instanceof oidc.WWWAuthenticateChallengeError ? error.cause : []
  const words = [name, code, said, inner, challenge?.parameters.error]
  return words
    .filter((one) => typeof one === 'string')
    .map(word)
    .join(', ')
}

/** What came from outside, as the standards have it. */
const word = (text: string): string => text.replaceAll(/[^\w.-]/g, '').slice(0, 60)

const withoutSlash = (issuer: string): string => issuer.replace(/\/$/, '')
