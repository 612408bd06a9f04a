import { AppError, type Secrets } from '../shared/index.ts'

/** What a request wants a token for. */
export interface TokenNeed {
  /** The server has just refused this one. */
  refused?: string
  /** Not worth waiting for a new token. */
  isAside?: boolean
}

/**
 * The token of one request. When there is no other one than the refused, it is given again.
 *
 * @throws {AppError} TOKEN_EXPIRED, TOKEN_MALFORMED, IDENTITY_PROVIDER
 */
export type TokenProvider = (need: TokenNeed) => Promise<string>

/** The token that a person gave. */
export function givenToken({ token }: Secrets, label: string): TokenProvider | undefined {
  if (token === undefined) return undefined
  return async () => await Promise.resolve(checkToken(token, label))
}

/** Says what can be known of a JWT without asking anybody: its form and its end. */
export function checkToken(token: string, label: string): string {
  if (claimsOf(token) === undefined)
    throw new AppError('TOKEN_MALFORMED', `The token for ${label} is not a JWT.`, { place: { host: label } })
  const end = tokenEnd(token)
  if (end === undefined || end.getTime() > Date.now()) return token
  throw new AppError('TOKEN_EXPIRED', `The token for ${label} expired at ${end.toISOString()}.`, {
    place: { host: label },
  })
}

/** When a JWT ends; undefined when it does not say, or is none. */
export function tokenEnd(token: string): Date | undefined {
  const seconds = claimsOf(token)?.['exp']
  // Beyond that a Date cannot reach.
  return typeof seconds === 'number' && Math.abs(seconds) < 8.64e12 ? new Date(seconds * 1000) : undefined
}

/** Who says to have given it out. */
export function tokenIssuer(token: string): string | undefined {
  const issuer = claimsOf(token)?.['iss']
  return typeof issuer === 'string' ? issuer : undefined
}

function claimsOf(token: string): Record<string, unknown> | undefined {
  const parts = token.split('.')
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return undefined
  const [header, claims] = parts.slice(0, 2).map(parseObject)
  return header && claims
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
