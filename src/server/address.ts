import type { FastifyRequest } from 'fastify'

/** How browsers reach us. */
export interface Address {
  /** As the user of a proxy or of our own name sees it: scheme, host and port. */
  publicUrl?: URL
  /** We speak TLS ourselves. */
  isTls: boolean
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** What a browser is told over a way that nobody can listen to. */
export const isSecure = ({ publicUrl, isTls }: Address): boolean =>
  publicUrl ? publicUrl.protocol === 'https:' : isTls

const schemeOf = ({ isTls }: Address) => (isTls ? 'https' : 'http')

/** The origin of our page as the one who asks has it. Its host has been checked. */
export const originFor = (address: Address, { host }: FastifyRequest): string =>
  address.publicUrl?.origin ?? `${schemeOf(address)}://${host.toLowerCase()}`

/** Whether it is one of our own names. */
export function isOurHost(
  { publicUrl, isTls }: Address,
  request: FastifyRequest,
  listening: string,
): boolean {
  const called = request.host.toLowerCase()
  if (called === publicUrl?.host) return true
  const port = request.socket.localPort ?? 0
  const usualPort = isTls ? 443 : 80
  const names = ['localhost', '127.0.0.1', '[::1]', ...(isLoopback(listening) ? [hostInUrl(listening)] : [])]
  return names.some((name) => called === `${name}:${port}` || (port === usualPort && called === name))
}

/** Whether a page that calls is ours. Who calls us by our public name has it from the public address. */
export function isOurOrigin(address: Address, request: FastifyRequest, origin: string): boolean {
  const { publicUrl } = address
  if (origin === publicUrl?.origin) return true
  const called = request.host.toLowerCase()
  return called !== publicUrl?.host && origin === `${schemeOf(address)}://${called}`
}
