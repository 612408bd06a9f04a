import { AppError } from '../shared/index.ts'

/** Says what can be known of a JWT without asking anybody: its form and its end. */
export function checkToken(token: string, label: string): void {
  const claims = decode(token)
  if (claims === undefined)
    throw new AppError('TOKEN_MALFORMED', `The token for ${label} is not a JWT.`, { place: { host: label } })
  if (typeof claims['exp'] === 'number' && claims['exp'] * 1000 <= Date.now()) {
    const end = new Date(claims['exp'] * 1000).toISOString()
    throw new AppError('TOKEN_EXPIRED', `The token for ${label} expired at ${end}.`, {
      place: { host: label },
    })
  }
}

function decode(token: string): Record<string, unknown> | undefined {
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
