import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSession } from '../access/index.ts'
import { isSecure, type Address } from './address.ts'

const sessionPath = '/api/v1/session'
const statePath = `${sessionPath}/oidc`
const stateSeconds = 600

/** What a browser keeps of a session. None of it can be read by a script. */
export class SessionCookies {
  readonly #address: Address

  constructor(address: Address) {
    this.#address = address
  }

  access(request: FastifyRequest): string | undefined {
    return request.cookies[this.#name(request, 'access')]
  }

  refresh(request: FastifyRequest): string | undefined {
    return request.cookies[this.#name(request, 'refresh')]
  }

  /** Of a login at the identity provider that was begun. */
  state(request: FastifyRequest): string | undefined {
    return request.cookies[this.#name(request, 'state')]
  }

  keep(request: FastifyRequest, reply: FastifyReply, session: OpenSession): void {
    const { accessToken, refreshToken, refreshExpiresAt, principal } = session
    const access = { path: '/', expires: principal.expiresAt ?? refreshExpiresAt }
    this.#set(request, reply, 'access', accessToken, access)
    this.#set(request, reply, 'refresh', refreshToken, { path: sessionPath, expires: refreshExpiresAt })
  }

  drop(request: FastifyRequest, reply: FastifyReply): void {
    this.#set(request, reply, 'access', '', { path: '/', maxAge: 0 })
    this.#set(request, reply, 'refresh', '', { path: sessionPath, maxAge: 0 })
  }

  keepState(request: FastifyRequest, reply: FastifyReply, state: string): void {
    this.#set(request, reply, 'state', state, { path: statePath, maxAge: stateSeconds })
  }

  dropState(request: FastifyRequest, reply: FastifyReply): void {
    this.#set(request, reply, 'state', '', { path: statePath, maxAge: 0 })
  }

  #set(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: Kind,
    value: string,
    options: { path: string; expires?: Date; maxAge?: number },
  ): void {
    reply.setCookie(this.#name(request, kind), value, {
      httpOnly: true,
      secure: isSecure(this.#address),
      // The browser comes back from the provider, which is another site.
      sameSite: kind === 'state' ? 'lax' : 'strict',
      ...options,
    })
  }

  /** Browsers tell hosts apart, but not the ports of one. A prefix makes them refuse what another host has set. */
  #name(request: FastifyRequest, kind: Kind): string {
    const name = `flathouse-${kind}`
    const { publicUrl } = this.#address
    if (publicUrl?.protocol !== 'https:') return `${name}-${request.socket.localPort ?? 0}`
    return `${kind === 'access' ? '__Host-' : '__Secure-'}${name}`
  }
}

type Kind = 'access' | 'refresh' | 'state'
