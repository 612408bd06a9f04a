import type { IncomingMessage } from 'node:http'
import helmet from '@fastify/helmet'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../shared/index.ts'
import { isLoopback, isOurHost, isOurOrigin, isSecure, type Address } from './address.ts'
import type { App } from './app-type.ts'

const yearSeconds = 365 * 24 * 3600

/** What keeps pages of other sites out, and tells browsers to: WebSocket upgrades pass through the same hook. */
export async function addSafety(app: App, address: Address, listening: string): Promise<void> {
  app.addHook('onRequest', (request, _reply, done) => {
    requireOwnSite(address, request, listening)
    done()
  })
  const socketScheme = isSecure(address) ? 'wss' : 'ws'
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        // Not every browser takes 'self' for WebSockets as well. The host has been checked.
        connectSrc: [
          "'self'",
          ({ headers }: IncomingMessage) =>
            `${socketScheme}://${address.publicUrl?.host ?? headers.host ?? ''}`,
        ],
      },
    },
    frameguard: { action: 'deny' },
    // It would count for every port of a name, and this machine's own names are not only ours.
    hsts: hasOwnName(address) && { maxAge: yearSeconds, includeSubDomains: false },
  })
}

const hasOwnName = ({ publicUrl }: Address): boolean =>
  publicUrl?.protocol === 'https:' && !isLoopback(publicUrl.hostname)

/**
 * A page of another site can make a browser send requests here, and can make its own name resolve to this machine
 * (DNS rebinding): so both the name by which we are called and the page that calls must be ours.
 */
function requireOwnSite(address: Address, request: FastifyRequest, listening: string): void {
  if (!isOurHost(address, request, listening))
    throw new AppError('ORIGIN_REFUSED', `Flathouse is not at "${request.host.toLowerCase()}".`)
  const { origin } = request.headers
  if (origin !== undefined && !isOurOrigin(address, request, origin))
    throw new AppError('ORIGIN_REFUSED', `A page of ${origin} may not use Flathouse.`)
}

/**
 * A browser adds its cookies to whatever a page sends. What changes something, and a WebSocket, must therefore say that
 * it comes from our own page; an origin that is given has been checked.
 */
export function requireOwnPage({ method, headers, raw }: FastifyRequest): void {
  if (headers.origin !== undefined) return
  const isUpgrade = raw.headers.upgrade !== undefined
  const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(method)
  if (isRead && !isUpgrade) return
  if (!isUpgrade && headers['sec-fetch-site'] === 'same-origin') return
  throw new AppError('ORIGIN_REFUSED', 'The request does not say that it comes from Flathouse’s own page.')
}
