import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Connection } from '../../src/shared/index.ts'

/** A statement never gets to the server, or its answer never gets back, or it gets there when the way is opened. */
type Fate = 'lost' | 'unanswered' | 'late'

/** A way to a server on which statements, known by a pattern, are held. */
export interface HoldingProxy extends AsyncDisposable {
  connection: Connection
  /** How many statements have come. */
  readonly asked: number
  /**
   * Holds the n-th statement from now that matches, and those that match after it. Comes back when the first is held,
   * which for `unanswered` is after the server has executed it.
   */
  hold(pattern: RegExp, fate?: Fate, nth?: number): Promise<void>
  /** Holds nothing any more. */
  open(): void
}

interface Held {
  pattern: RegExp
  fate: Fate
  before: number
  tell: () => void
  opened: Promise<unknown>
  open: () => void
}

export async function holdingProxy(target: Connection): Promise<HoldingProxy> {
  let held: Held | undefined
  let asked = 0
  const server = createServer((from, answer) => {
    asked++
    pass(from, answer).catch(() => answer.destroy())
  })
  const pass = async (from: IncomingMessage, answer: ServerResponse) => {
    const { url = '/', method, headers } = from
    const isInUrl = new URL(url, 'http://proxy').searchParams.has('query')
    const body = isInUrl ? undefined : await buffer(from)
    const text = body?.toString('latin1') ?? decodeURIComponent(url.replaceAll('+', ' '))
    const hit = held?.pattern.test(text) === true && --held.before < 0 ? held : undefined
    if (hit && hit.fate !== 'unanswered') hit.tell()
    if (hit?.fate === 'lost') return
    if (hit?.fate === 'late') await hit.opened
    const { host, port } = target
    const onward = request({ host, port, method, path: url, headers }, (got) => {
      if (hit?.fate === 'unanswered') {
        got.resume().on('end', hit.tell)
        return
      }
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.on('error', () => answer.destroy()).pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => {
      if (!hit && !answer.writableEnded) onward.destroy()
    })
    if (body) onward.end(body)
    else from.on('error', () => onward.destroy()).pipe(onward)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    connection: { ...target, port: (server.address() as AddressInfo).port },
    get asked() {
      return asked
    },
    async hold(pattern, fate = 'lost', nth = 1) {
      const [told, opened] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
      const tell = () => {
        told.resolve(undefined)
      }
      const open = () => {
        opened.resolve(undefined)
      }
      held = { pattern, fate, before: nth - 1, tell, opened: opened.promise, open }
      await told.promise
    },
    open() {
      held?.open()
      held = undefined
    },
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections()
      await once(server, 'close')
    },
  }
}
