import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * What becomes of a connection: ended on both sides (FIN), reset (RST), left open while nothing passes any more, or
 * answered by a page of the proxy's own. `away`: all are reset, and none is taken until the next strike is planned.
 */
export type Fault = 'cut' | 'reset' | 'stall' | 'away' | { status: 502 | 503 | 504 }

export type Side = 'request' | 'answer'

export interface Strike {
  fault: Fault
  side: Side
  /** How many bytes of that side still pass, counted since the strike was planned. */
  after: number
  /** Of this connection alone, 0 being the next one; left out: of all together. */
  connection?: number
}

/** In bytes. */
export type Passed = Record<Side, number>

interface Pair {
  client: Socket
  server: Socket
  passed: Passed
  isDead: boolean
}

/** Passes bytes between clients and one server, until it strikes. */
export class FaultProxy implements AsyncDisposable {
  readonly #listener: Server
  readonly #pairs = new Set<Pair>()
  #planned: Strike | undefined
  #isAway = false
  /** Since the strike was planned. */
  #made: Pair[] = []
  #passed: Passed = { request: 0, answer: 0 }

  static async start(target: { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    await new Promise<void>((ready) => proxy.#listener.listen(0, '127.0.0.1', ready))
    return proxy
  }

  private constructor(target: { host: string; port: number }) {
    this.#listener = createServer({ allowHalfOpen: true }, (client) => {
      if (this.#isAway) client.on('error', () => undefined).resetAndDestroy()
      else this.#join(client, connect({ ...target, allowHalfOpen: true }))
    })
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port
  }

  /** Bytes since the last strike was planned, or since the beginning. */
  get passed(): Passed {
    return this.#passed
  }

  /** The same of each connection that was made since. */
  get connections(): Passed[] {
    return this.#made.map(({ passed }) => passed)
  }

  get hasStruck(): boolean {
    return this.#planned === undefined
  }

  /** Counts anew, and strikes once; undefined: not at all. */
  plan(strike: Strike | undefined): void {
    this.#planned = strike
    this.#isAway = false
    this.#made = []
    this.#passed = { request: 0, answer: 0 }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      letGo(server)
    }
    await new Promise((closed) => this.#listener.close(closed))
  }

  #join(client: Socket, server: Socket): void {
    const pair: Pair = { client, server, passed: { request: 0, answer: 0 }, isDead: false }
    this.#pairs.add(pair)
    this.#made.push(pair)
    client
      .on('error', () => undefined)
      .on('close', () => {
        letGo(server)
        this.#pairs.delete(pair)
      })
    server.on('error', () => undefined).on('close', () => client.destroy())
    this.#pass(pair, 'request', client, server)
    this.#pass(pair, 'answer', server, client)
  }

  #pass(pair: Pair, side: Side, from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      // What still comes after a cut is for nobody.
      if (pair.isDead) return
      const planned = this.#planned
      const at = planned && this.#hits(planned, pair, side, chunk.length)
      const passing = at === undefined ? chunk : chunk.subarray(0, at)
      pair.passed[side] += passing.length
      this.#passed[side] += passing.length
      const isTaken = passing.length === 0 || to.write(passing)
      if (planned && at !== undefined) {
        this.#strike(pair, planned.fault)
      } else if (!isTaken) {
        from.pause()
        to.once('drain', () => {
          if (!pair.isDead) from.resume()
        })
      }
    })
    from.on('end', () => {
      if (!pair.isDead) to.end()
    })
  }

  #strike(struck: Pair, fault: Fault): void {
    this.#planned = undefined
    this.#isAway = fault === 'away'
    for (const pair of fault === 'away' ? this.#pairs : [struck]) strikePair(pair, fault)
  }

  /** Where in the chunk; undefined: not there. */
  #hits(planned: Strike, pair: Pair, side: Side, length: number): number | undefined {
    if (planned.side !== side) return undefined
    if (planned.connection !== undefined && this.#made[planned.connection] !== pair) return undefined
    const { [side]: before } = planned.connection === undefined ? this.#passed : pair.passed
    const left = planned.after - before
    return left < length ? Math.max(0, left) : undefined
  }
}

function strikePair(pair: Pair, fault: Fault): void {
  const { client, server } = pair
  pair.isDead = true
  if (fault === 'stall') {
    for (const socket of [client, server]) socket.pause()
    setTimeout(letGo, stallMs, server).unref()
  } else if (fault === 'reset' || fault === 'away') {
    client.resetAndDestroy()
    letGo(server)
  } else {
    if (fault !== 'cut') client.write(page(fault.status))
    for (const socket of [client, server]) letGo(socket)
  }
}

/** Long enough for whoever waits to give up, and shorter than the server's own patience (30 s): see below. */
const stallMs = 15_000

/**
 * Ends in good order, and takes what still comes: closing with bytes that nobody has read is a reset. By that, or by a
 * time-out, a `clickhouse local` of 26.7 that reads a request ends as a whole (ClickHouse issue 115666), which no server
 * proper does.
 */
function letGo(socket: Socket): void {
  socket.end()
  socket.resume()
}

/** As a load balancer answers that has lost the server. */
function page(status: number): string {
  const body = `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>proxy</body></html>`
  const head = `HTTP/1.1 ${status} Gateway\r\nContent-Type: text/html\r\nContent-Length: ${body.length}`
  return `${head}\r\nConnection: close\r\n\r\n${body}`
}
