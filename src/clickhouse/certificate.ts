import type { PeerCertificate } from 'node:tls'
import { AppError, type ErrorCode } from '../shared/index.ts'

/** What is wrong with a server's certificate by OpenSSL's and Node's code; what it says is told when it is known. */
export function untrusted(reason: string, label: string, certificate?: PeerCertificate): AppError {
  const [code, sentence] = find(reason, `The certificate of ${label}`, certificate)
  return new AppError(code, sentence, { place: { host: label }, detail: reason })
}

function find(reason: string, the: string, certificate: PeerCertificate | undefined): [ErrorCode, string] {
  if (reason === 'CERT_HAS_EXPIRED') return ['TLS_EXPIRED', `${the} has expired${on(certificate?.valid_to)}.`]
  if (reason === 'CERT_NOT_YET_VALID')
    return ['TLS_EXPIRED', `${the} is not valid yet, but${on(certificate?.valid_from)}.`]
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return ['TLS_NAME', `${the} is for another name${names(certificate)}.`]
  if (reason === 'CERT_REVOKED') return ['TLS_CERTIFICATE', `${the} has been revoked.`]
  const by = certificate && issuerOf(certificate)
  return ['TLS_CERTIFICATE', `${the} is not trusted${by === undefined ? '' : `: it is signed by ${by}`}.`]
}

const on = (time: string | undefined): string => (time === undefined ? '' : ` on ${dayOf(time)}`)

/** `Jan 31 00:00:00 2027 GMT` → `2027-01-31` */
export const dayOf = (time: string): string => new Date(time).toISOString().slice(0, 10)

function names(certificate: PeerCertificate | undefined): string {
  const found = certificate && (certificate.subjectaltname ?? subjectOf(certificate))
  return found ? `: ${shown(found.replaceAll(/(DNS|IP Address):/g, ''))}` : ''
}

type Subject = PeerCertificate['subject']

export const subjectOf = ({ subject }: PeerCertificate): string => nameOf(subject)
export const issuerOf = ({ issuer }: PeerCertificate): string => nameOf(issuer)

/** Each may be missing, whatever the type says, or be there several times. */
const nameOf = (subject: Partial<Record<keyof Subject, string | string[]>> | undefined): string =>
  shown([subject?.['CN'] ?? subject?.['O'] ?? 'nobody'].flat().join(', '))

const longest = 100

/** Whoever made the certificate chose the text. */
function shown(text: string): string {
  const plain = text.replaceAll(/\p{C}+/gu, ' ')
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain
}
