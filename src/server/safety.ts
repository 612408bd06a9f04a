import type { IncomingMessage } from 'node:http'
import helmet from '@fastify/helmet'
import { AppError } from '../shared/index.ts'
import type { App } from './app-type.ts'

/** Everything that decides whether a request is let in: WebSocket upgrades pass through the same hook. */
export async function addSafety(app: App, host: string): Promise<void> {
  app.addHook('onRequest', (request, _reply, done) => {
    requireOwnSite(request.raw, host)
    done()
  })
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
        connectSrc: ["'self'", ({ headers }: IncomingMessage) => `ws://${headers.host ?? ''}`],
      },
    },
    frameguard: { action: 'deny' },
    // Speaks of https only.
    hsts: false,
  })
}

/**
 * A page of another site can make a browser send requests here, and can make its own name resolve to this machine
 * (DNS rebinding): so both the name by which we are called and the page that calls must be ours.
 */
function requireOwnSite({ headers, socket }: IncomingMessage, host: string): void {
  const port = socket.localPort ?? 0
  const names = ['localhost', '127.0.0.1', '[::1]', hostInUrl(host)]
  const called = headers.host?.toLowerCase() ?? ''
  if (!names.some((name) => called === `${name}:${port}` || (port === 80 && called === name)))
    throw new AppError('ORIGIN_REFUSED', `Flathouse is not at "${called}".`)
  const { origin } = headers
  if (origin !== undefined && origin !== `http://${called}`)
    throw new AppError('ORIGIN_REFUSED', `A page of ${origin} may not use Flathouse.`)
}

export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)
