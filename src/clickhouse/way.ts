import type { LookupFunction } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { AppError, type Connection, type Secrets } from '../shared/index.ts'
import { canonicalHost, noHost, type Reach, requireReach } from './reach.ts'

/** How to get to a server, for its requests and for its test. */
export interface Way {
  label: string
  /** A name, or an address without brackets. */
  host: string
  port: number
  lookup?: LookupFunction
  /** Undefined: without TLS. */
  secureContext: SecureContext | undefined
  /** Seconds until a connection stands, TLS included. */
  connectTimeout: number
  /** Seconds without a byte in either direction. */
  requestTimeout: number | undefined
}

/** Seconds. */
export const defaultConnectTimeout = 10

/** @throws {AppError} HOST_NOT_FOUND, HOST_NOT_ALLOWED, TLS_CERTIFICATE, as far as nobody has to be asked */
export function wayTo(
  connection: Connection,
  secrets: Secrets,
  label: string,
  reach: Reach | undefined,
): Way {
  const { protocol, port, connectTimeout = defaultConnectTimeout, requestTimeout } = connection
  const host = canonicalHost(connection.host)
  if (host === undefined) throw noHost(connection.host)
  return {
    label,
    host,
    port,
    ...requireReach(reach, host),
    secureContext: protocol === 'https' ? secureContext(secrets, label) : undefined,
    connectTimeout,
    requestTimeout,
  }
}

/** A moment has passed in which something should have happened. */
export const timedOut = (label: string, sentence: string): AppError =>
  new AppError('CONNECTION_TIMEOUT', sentence, { place: { host: label } })

export const noConnection = ({ label, connectTimeout }: Way): AppError =>
  timedOut(label, `No connection to ${label} came about within ${connectTimeout} s.`)

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
