import { createServer as createWebServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server as Listener } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Connection } from '../../src/shared/index.ts'
import { password, startServer } from './clickhouse-server.ts'
import { makeCertificates, startTlsProxy } from './tls-proxy.ts'

/** Where somebody tries to go, with which password, and why it must fail. */
export interface BrokenServer {
  name: string
  connection: Connection
  password: string
}

export async function listen(listener: Listener): Promise<number> {
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready))
  return (listener.address() as AddressInfo).port
}

export async function close(listener: Listener): Promise<void> {
  await new Promise((closed) => listener.close(closed))
}

export async function closedPort(): Promise<number> {
  const listener = createServer()
  const port = await listen(listener)
  await close(listener)
  return port
}

/** The six ways in which a connection is wrong most often. */
export async function startBrokenServers(): Promise<{ servers: BrokenServer[] } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { connection, running } = stack.use(await startServer())
  const tls = stack.use(await startTlsProxy(new URL(running.url), await makeCertificates()))
  const web = createWebServer((_request, response) => response.writeHead(200).end('<html>'))
  stack.defer(() => close(web))
  const broken = (name: string, change: Partial<Connection>, word = password): BrokenServer => ({
    name,
    connection: { ...connection, ...change },
    password: word,
  })
  const servers = [
    broken('an unknown name', { host: 'name.invalid' }),
    broken('a closed port', { port: await closedPort() }),
    broken('an unknown authority', { protocol: 'https', port: tls.port }),
    broken('a wrong password', {}, 'wrong-password'),
    broken('no ClickHouse', { port: await listen(web) }),
    broken('no such database', { database: 'nowhere' }),
  ]
  const kept = stack.move()
  return { servers, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** A port whose packets are dropped, as a firewall does: it listens, but takes no connection, and its queue is full. */
export async function startSilentPort(): Promise<{ port: number } & AsyncDisposable> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    const listener = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(listener.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`,
    { eval: true },
  )
  const port = await new Promise<number>((ready) => worker.once('message', ready))
  const queue = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of queue) socket.destroy()
      await worker.terminate()
    },
  }
}
