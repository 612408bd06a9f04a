export interface TokenFacts {
  issuer: string | undefined
  subject: string | undefined
  /** Milliseconds until it ends, negative when it has; undefined when it says nothing of an end. */
  leftMs: number | undefined
}

/** What a pasted JWT says of itself, read here and sent nowhere; null when it is none. */
export function readToken(token: string, now: number): TokenFacts | null {
  const [header, payload, signature] = token.trim().split('.')
  if (header === undefined || payload === undefined || signature === undefined) return null
  const claims = readJson(payload)
  if (claims === null || readJson(header) === null) return null
  const { iss, sub, exp } = claims
  return {
    issuer: typeof iss === 'string' ? iss : undefined,
    subject: typeof sub === 'string' ? sub : undefined,
    leftMs: typeof exp === 'number' ? exp * 1000 - now : undefined,
  }
}

function readJson(part: string): Record<string, unknown> | null {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
