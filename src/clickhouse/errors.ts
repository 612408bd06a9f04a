import type { PeerCertificate } from 'node:tls'
import { AppError, type ErrorCode } from '../shared/index.ts'
import { untrusted } from './certificate.ts'
import { codeOf } from './codes.ts'

/** The server answered that it will not; `text` is its message as it came. */
export class ServerRefusal extends Error {
  readonly number: number
  readonly text: string

  constructor(number: number, text: string) {
    super(`ClickHouse error ${number}`)
    this.number = number
    this.text = text
  }

  /** From an exception's own text, as it stands in the middle of a stream. */
  static parse(text: string): ServerRefusal {
    return new ServerRefusal(Number(/Code: (\d+)/.exec(text)?.[1] ?? 0), text)
  }
}

/** Whom an error is about. `hide` takes its secrets out of a text. */
export interface Party {
  readonly label: string
  readonly user: string
  hide(text: string): string
}

export const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

export const cancelled = (): AppError => new AppError('CANCELLED', 'The transfer was cancelled.')

/** The only translation of what ClickHouse, its client or the network say (DESIGN §6). */
export function translate(error: unknown, party: Party): AppError {
  if (error instanceof AppError) return error
  if (error instanceof ServerRefusal) return translateRefusal(error, party)
  return translateFault(error, party)
}

export function plain(
  code: ErrorCode,
  party: Party,
  sentence: string,
  detail?: string,
  cause?: Error,
): AppError {
  return new AppError(code, sentence, {
    place: { host: party.label },
    ...(detail !== undefined && { detail: party.hide(detail) }),
    ...(cause && { cause }),
  })
}

function translateRefusal({ number, text }: ServerRefusal, party: Party): AppError {
  const code = codeOf(number, text)
  if (code === 'AUTH_FAILED') return authFailed(party)
  // Before anything is cut off, which could leave a part of a secret.
  const message = ownWords(party.hide(text))
  const sentence = `Refused by ${party.label}: ${oneSentence(message)}`
  return plain(code, party, sentence, message, new Refused(number))
}

/** By which number a server has refused, without its words. */
class Refused extends Error {
  readonly number: number

  constructor(number: number) {
    super(`ClickHouse error ${number}`)
    this.number = number
  }
}

/** The server's own number of an error; undefined when it is none of a server's. */
export const numberOf = (error: unknown): number | undefined =>
  error instanceof AppError && error.cause instanceof Refused ? error.cause.number : undefined

export const authFailed = (party: Party, detail?: string): AppError =>
  plain(
    'AUTH_FAILED',
    party,
    `The user ${party.user} cannot sign in at ${party.label} with these credentials.`,
    detail,
  )

/** The server's message without the number before it and the error's name, version and stack after it. */
function ownWords(text: string): string {
  return text
    .replace(/^\s*Code: \d+\. DB::(Net)?Exception: /, '')
    .replace(/,? ?Stack trace[\s\S]*$/, '')
    .replace(/\s*(\([A-Z0-9_]+\)\s*)?\(version [\s\S]*$/, '')
    .slice(0, longestDetail)
    .trim()
}

const longestDetail = 10_000
const longest = 300

function oneSentence(message: string): string {
  const flat = message
    .replace(/:? ?While (executing|processing)[\s\S]*$/i, '')
    // A parser's list of all that could have stood there.
    .replace(/\.? ?Expected one of:[\s\S]*$/, '')
    .replaceAll(/\s+/g, ' ')
  const cut = flat.length > longest ? `${flat.slice(0, longest)}…` : flat
  return /[.!?…]$/.test(cut) ? cut : `${cut}.`
}

const faults: Record<string, readonly [ErrorCode, (label: string) => string]> = {
  ENOTFOUND: ['HOST_NOT_FOUND', (label) => `The host of ${label} is not known.`],
  EAI_AGAIN: ['HOST_LOOKUP_FAILED', (label) => `The host of ${label} cannot be looked up now.`],
  ECONNREFUSED: ['CONNECTION_REFUSED', (label) => `Nothing answers at ${label}.`],
  EHOSTUNREACH: ['CONNECTION_TIMEOUT', (label) => `There is no way to ${label}.`],
  ENETUNREACH: ['CONNECTION_TIMEOUT', (label) => `There is no way to ${label}.`],
  ETIMEDOUT: ['CONNECTION_TIMEOUT', (label) => `No answer came from ${label} in time.`],
}
const lost = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_EOF_STATE',
])

function translateFault(error: unknown, party: Party): AppError {
  const { code = '', message } = error as NodeJS.ErrnoException
  // Without what it says: it quotes the answer.
  if (error instanceof SyntaxError)
    return plain('CONNECTION_LOST', party, `The answer of ${party.label} was cut on its way.`)
  const fault = faults[code]
  if (fault !== undefined) return plain(fault[0], party, fault[1](party.label), message)
  // Only a connection that breaks before TLS stands has the host in its error.
  if (lost.has(code) && 'host' in (error as object))
    return plain('TLS_FAILED', party, `${party.label} hung up on TLS: it may not speak it.`, message)
  if (lost.has(code))
    return plain('CONNECTION_LOST', party, `The connection to ${party.label} was lost.`, message)
  if (code.startsWith('HPE_'))
    return plain('NOT_CLICKHOUSE', party, `What answers at ${party.label} does not speak HTTP.`, message)
  return (
    translateTls(error as NodeJS.ErrnoException, party) ??
    plain('INTERNAL', party, `${party.label} cannot be used.`, message)
  )
}

/** OpenSSL's verification results, as Node names them. */
const untrustedCode =
  /^(CERT_|CRL_|ERR_TLS_CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_MISMATCH)/
/** Alerts by which a server says that it wants a certificate of ours, or another one. */
const refusedOurs =
  /^ERR_SSL_(TLSV1[0-9]*|SSLV3)_ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE|UNSUPPORTED_CERT)/
/** What came was no TLS at all. */
const noTls = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE)$/

/** OpenSSL's numbers of the same: what breaks while we write comes as EPROTO with such a number (seen on Node 24). */
const opensslNumbers: Record<string, string> = {
  '0A00010B': 'ERR_SSL_WRONG_VERSION_NUMBER',
  '0A0000C6': 'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  '0A00045C': 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  '0A000410': 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  '0A000412': 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  '0A000418': 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
}

function translateTls(error: NodeJS.ErrnoException & { cert?: PeerCertificate }, party: Party) {
  const { message } = error
  const { label } = party
  const number = /:error:([0-9A-F]{8}):/.exec(message)?.[1] ?? ''
  const code = opensslNumbers[number] ?? error.code ?? ''
  if (untrustedCode.test(code)) return untrusted(code, label, error.cert)
  if (code.endsWith('_ALERT_CERTIFICATE_REQUIRED'))
    return plain('TLS_CLIENT', party, `${label} wants a client certificate.`, message)
  if (refusedOurs.test(code))
    return plain('TLS_CLIENT', party, `${label} does not accept our client certificate, or none.`, message)
  if (noTls.test(code))
    return plain('TLS_FAILED', party, `What listens at ${label} does not speak TLS.`, message)
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return plain('TLS_FAILED', party, `TLS with ${label} failed.`, message)
  return undefined
}
