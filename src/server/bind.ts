import type { Access } from '../access/index.ts'
import { AppError } from '../shared/index.ts'
import { hostInUrl, isLoopback } from './address.ts'

export interface Bind {
  host: string
  publicUrl?: URL
  isTls: boolean
  hasTrustedProxy: boolean
  /** It was said which hosts connections may lead to. */
  hasHostPolicy: boolean
}

/**
 * Others than the users of this machine may reach us only when it was said how all of it is meant.
 *
 * @throws {AppError} USAGE, naming all that is missing
 */
export async function requireSafeBind(bind: Bind, access: Access): Promise<void> {
  const { host, publicUrl, isTls, hasTrustedProxy, hasHostPolicy } = bind
  if (publicUrl?.protocol === 'http:' && !isLoopback(publicUrl.hostname)) {
    const sentence = `Flathouse cannot be at ${publicUrl.origin}: passwords would travel in the clear, so --public-url must begin with https.`
    throw new AppError('USAGE', sentence, { place: { host: publicUrl.host } })
  }
  const isOurMachine = isLoopback(host)
  if (isOurMachine && (!publicUrl || isLoopback(publicUrl.hostname))) return
  const { password, oidc } = await access.ways()
  const missing = [
    // Behind a proxy on this machine, whoever sits at it can still print a link.
    !isOurMachine &&
      !password &&
      oidc === null &&
      'a user with a password ("flathouse users add") or --oidc-issuer',
    !isTls && !hasTrustedProxy && '--tls-cert and --tls-key, or --trust-proxy',
    !publicUrl && '--public-url',
    !hasHostPolicy && '--allow-hosts (a list of hosts, or any)',
  ].filter((what) => what !== false)
  if (missing.length === 0) return
  const where = isOurMachine && publicUrl ? `be at ${publicUrl.origin}` : `listen on ${hostInUrl(host)}`
  const sentence = `Flathouse cannot ${where}, where others can reach it, without ${missing.join('; ')}.`
  throw new AppError('USAGE', sentence, { place: { host } })
}
