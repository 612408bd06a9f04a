import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { App } from './app-type.ts'

/** The only route that takes WebSockets. */
export const eventsPath = '/api/v1/events'

/** PEM texts. */
export interface Tls {
  cert: string
  key: string
}

const limits = {
  /** All headers together, the address among them. */
  maxHeaderSize: 16_384,
  headersTimeout: 15_000,
  // An upload may take hours; other bodies have a limit of their own, below.
  requestTimeout: 0,
  keepAliveTimeout: 72_000,
  connectionsCheckingInterval: 5_000,
  // Elsewhere the WebSocket library would open one before anybody has asked who that is.
  shouldUpgradeCallback: ({ url = '' }: IncomingMessage) => url.replace(/\?.*/s, '') === eventsPath,
}
const bodyMs = 60_000
/** In which a client can read why its body is not wanted. */
const goodbyeMs = 2000

export const createListener = (handle: RequestListener, tls: Tls | undefined): Server =>
  tls
    ? createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, handle)
    : createServer(limits, handle)

/** Who sends a body drop by drop would hold a connection for as long as they like. */
export function addBodyLimit(app: App): void {
  app.addHook('onRequest', ({ raw, routeOptions }, _reply, done) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = raw.headers
    if ((length !== '0' || encoding !== undefined) && !routeOptions.config.isUpload) {
      const timer = setTimeout(() => raw.destroy(), bodyMs)
      for (const event of ['end', 'close']) raw.once(event, () => clearTimeout(timer))
    }
    done()
  })
  app.addHook('onResponse', ({ raw, principal }, _reply, done) => {
    // Nobody who is let in sends it, so an upload gets no hours here.
    if (principal === null && !raw.complete) setTimeout(() => raw.destroy(), goodbyeMs).unref()
    done()
  })
}
