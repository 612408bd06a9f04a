import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'
import type { Connection, Secrets } from '../shared/index.ts'
import type { Reach } from './reach.ts'
import { noConnection, timedOut, type Way, wayTo } from './way.ts'

/** Node's longest timer: a transfer may wait for hours, and who is tired of it can cancel. */
const noTimeout = 2 ** 31 - 1

/** @throws {AppError} what `wayTo` throws */
export function openClient(
  connection: Connection,
  secrets: Secrets,
  label: string,
  reach?: Reach,
): ClickHouseClient {
  const way = wayTo(connection, secrets, label, reach)
  return createClient({
    url: `${connection.protocol}://${way.host.includes(':') ? `[${way.host}]` : way.host}:${way.port}`,
    http_agent: agent(way),
    // Ours names the host, and goes on when the answer has begun.
    request_timeout: noTimeout,
    // It would print what we report, and more.
    log: { level: ClickHouseLogLevel.OFF },
    ...credentials(connection, secrets),
  })
}

function credentials({ user, tokenSource }: Connection, { password, token, cert }: Secrets) {
  // They go with each request.
  if (token !== undefined || (tokenSource !== undefined && password === undefined)) return {}
  if (password !== undefined || cert === undefined) return { username: user, password: password ?? '' }
  return {
    set_basic_auth_header: false,
    http_headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-SSL-Certificate-Auth': 'on' },
  }
}

/** The client's own HTTPS agent takes no JWT together with a certificate authority, and no password with a certificate. */
function agent(way: Way): HttpAgent {
  const { secureContext, lookup } = way
  const options = { keepAlive: true, ...(lookup && { lookup }) }
  const made = secureContext ? new HttpsAgent({ ...options, secureContext }) : new HttpAgent(options)
  const connect = made.createConnection.bind(made)
  made.createConnection = (to, done) => {
    const socket = connect(to, done)
    limit(socket as Socket, way)
    return socket
  }
  return made
}

function limit(socket: Socket, way: Way): void {
  const { label, secureContext, connectTimeout, requestTimeout } = way
  const timer = setTimeout(() => socket.destroy(noConnection(way)), connectTimeout * 1000)
  socket
    .once(secureContext ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      if (requestTimeout !== undefined) endQuiet(socket, label, requestTimeout)
    })
    .once('close', () => {
      clearTimeout(timer)
    })
}

/** Node's own timer of a socket belongs to the client. */
function endQuiet(socket: Socket, label: string, seconds: number): void {
  let [moved, at] = [-1, 0]
  const look = () => {
    const now = socket.bytesRead + socket.bytesWritten
    if (now !== moved) [moved, at] = [now, performance.now()]
    else if (performance.now() - at >= seconds * 1000)
      socket.destroy(timedOut(label, `Nothing was heard from ${label} for ${seconds} s.`))
  }
  const timer = setInterval(look, Math.min(1000, seconds * 250))
  socket.once('close', () => {
    clearInterval(timer)
  })
}
