import { lookup } from 'node:dns'
import { isIP, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import { translate, type Party } from './errors.ts'
import { untrusted } from './certificate.ts'
import { noConnection, type Way } from './way.ts'

export interface Reached {
  address: string
  port: number
  /** How long it took. */
  ms: number
}

export interface Greeted {
  /** `TLSv1.3` */
  protocol: string
  certificate: PeerCertificate
}

/** Goes the way to a server step by step; nobody signs in. All that it throws is an AppError that names the server. */
export class Probe {
  readonly #way: Way
  readonly #party: Party

  constructor(way: Way, party: Party) {
    this.#way = way
    this.#party = party
  }

  /** What the name leads to: addresses. */
  addresses(): Promise<string[]> {
    const { host, lookup: within = lookup } = this.#way
    if (isIP(host) !== 0) return Promise.resolve([host])
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    within(host, { all: true }, (error, found) => {
      if (error !== null) reject(error)
      else resolve([found].flat().map((entry) => (typeof entry === 'string' ? entry : entry.address)))
    })
    return this.#inTime(promise)
  }

  tcp(): Promise<Reached> {
    const began = performance.now()
    return this.#stand(connectTcp(this.#target()), 'connect', ({ remoteAddress }) => ({
      address: remoteAddress ?? this.#way.host,
      port: this.#way.port,
      ms: performance.now() - began,
    }))
  }

  tls(): Promise<Greeted> {
    const { secureContext, host, label } = this.#way
    // The certificate is looked at here, so that it can be told what is wrong with it; nothing is sent.
    const options = { ...this.#target(), secureContext, rejectUnauthorized: false }
    const socket = connectTls({ ...options, ...(isIP(host) === 0 && { servername: host }) })
    return this.#stand(socket, 'secureConnect', () => {
      const certificate = socket.getPeerCertificate()
      if (!socket.authorized) throw untrusted(reasonOf(socket), label, certificate)
      return { protocol: socket.getProtocol() ?? 'TLS', certificate }
    })
  }

  /** Whether TLS is spoken there, by whomever. */
  async speaksTls(): Promise<boolean> {
    const socket = connectTls({ ...this.#target(), rejectUnauthorized: false })
    return await this.#stand(socket, 'secureConnect', () => true).catch(() => false)
  }

  async #stand<S extends Socket, T>(socket: S, event: string, look: (socket: S) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // What comes after the first error concerns nobody.
    socket.on('error', reject).once(event, () => {
      try {
        resolve(look(socket))
      } catch (error) {
        reject(error)
      }
    })
    try {
      return await this.#inTime(promise)
    } finally {
      socket.destroy()
    }
  }

  #target() {
    const { host, port, lookup: within } = this.#way
    return { host, port, ...(within && { lookup: within }) }
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      reject(noConnection(this.#way))
    }, this.#way.connectTimeout * 1000)
    try {
      return await Promise.race([work, late])
    } catch (error) {
      throw translate(error, this.#party)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Node's type says that it is an error; it is the error's code. */
const reasonOf = ({ authorizationError }: TLSSocket): string => String(authorizationError)
