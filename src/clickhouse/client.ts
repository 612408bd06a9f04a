import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import { AppError, type Connection, type Secrets } from '../shared/index.ts'

/** Node's longest timer: a transfer may wait for hours, and who is tired of it can cancel. */
const noTimeout = 2 ** 31 - 1

export function openClient(connection: Connection, secrets: Secrets, label: string): ClickHouseClient {
  const { protocol, host, port } = connection
  return createClient({
    url: `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    // The client's own HTTPS agent takes no JWT together with a certificate authority, and no password with a certificate.
    http_agent: protocol === 'https' ? httpsAgent(secrets, label) : new HttpAgent({ keepAlive: true }),
    request_timeout: noTimeout,
    // It would print what we report, and more.
    log: { level: ClickHouseLogLevel.OFF },
    ...credentials(connection, secrets),
  })
}

function credentials({ user }: Connection, { password, token, cert }: Secrets) {
  if (token !== undefined) return { access_token: token }
  if (password !== undefined || cert === undefined) return { username: user, password: password ?? '' }
  return {
    set_basic_auth_header: false,
    http_headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-SSL-Certificate-Auth': 'on' },
  }
}

function httpsAgent(secrets: Secrets, label: string): HttpsAgent {
  return new HttpsAgent({ keepAlive: true, secureContext: secureContext(secrets, label) })
}

function secureContext({ ca, cert, key }: Secrets, label: string): SecureContext {
  try {
    return createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
  } catch (error) {
    const sentence = `The certificate or key for ${label} cannot be used: it is not PEM, or the two do not belong together.`
    // No cause: it may quote what it could not read.
    throw new AppError('TLS_CERTIFICATE', sentence, {
      place: { host: label },
      detail: (error as NodeJS.ErrnoException).code ?? 'unknown',
    })
  }
}
