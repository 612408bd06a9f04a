import type { FastifyRequest } from 'fastify'
import type { Access, Principal } from '../access/index.ts'
import { AppError, roles, type Role, type Transfer } from '../shared/index.ts'
import type { App } from './app-type.ts'
import type { SessionCookies } from './cookies.ts'
import { requireOwnPage } from './safety.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role; `nobody`: it is open to all. Every route of the API says it. */
    needs?: Role | 'nobody'
    /** What is done here, for the audit log; null where nothing changes. Every unsafe route of the API says it. */
    audit?: string | null
    /** The stricter limits that it shares with others of its kind. */
    limit?: 'login' | 'password' | 'refresh' | 'costly' | 'look'
    /** Its body may take hours. */
    isUpload?: boolean
  }
  interface FastifyRequest {
    /** Who asks; null where nobody needs to be known. */
    principal: Principal | null
    /** What they were let in by. */
    token: string | undefined
  }
}

type TransferEnd = Transfer['source' | 'target']

const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export const isUnsafe = (method: string): boolean => unsafe.has(method)

export const isApi = (url: string): boolean => /^\/api(\/|\?|$)/.test(url)

/** Lets in who may, and refuses to add a route that does not say who that is. To be added before the routes. */
export function addGate(app: App, access: Access, cookies: SessionCookies): void {
  app.decorateRequest('principal', null)
  app.decorateRequest('token', undefined)
  app.addHook('onRoute', (route) => {
    if (!isApi(route.url)) return
    // They come from a plugin, which cannot say it.
    if (route.url.startsWith('/api/docs')) route.config = { ...route.config, needs: 'viewer' }
    const { needs, audit } = route.config ?? {}
    const methods = [route.method].flat()
    const which = `${methods.join()} ${route.url}`
    if (needs === undefined) throw new Error(`${which} does not say who may use it.`)
    if (methods.some(isUnsafe) && audit === undefined)
      throw new Error(`${which} does not say what the audit log is to call it.`)
  })
  app.addHook('onRequest', async (request, reply) => {
    // A proxy between must not give it to the next who asks.
    if (isApi(request.url) || isApi(request.routeOptions.url ?? '')) reply.header('cache-control', 'no-store')
    const bearer = bearerOf(request)
    const isByCookie =
      bearer === undefined && (cookies.access(request) ?? cookies.refresh(request)) !== undefined
    if (isByCookie) requireOwnPage(request)
    // What is not there asks for a login all the same, so that nobody learns what is.
    const { needs = isApi(request.url) ? 'viewer' : 'nobody' } = request.routeOptions.config
    if (needs === 'nobody') return
    request.token = bearer ?? cookies.access(request)
    request.principal = await access.authenticate(request.token)
    requireRole(request, needs)
  })
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
}

/** @throws {AppError} LOGIN_REQUIRED */
export function whoAsks({ principal }: FastifyRequest): Principal {
  if (principal) return principal
  throw new AppError('LOGIN_REQUIRED', 'This asks for a login.')
}

/** @throws {AppError} ROLE_MISSING */
export function requireRole(request: FastifyRequest, needed: Role): void {
  const { user, role } = whoAsks(request)
  if (roles.indexOf(role) >= roles.indexOf(needed)) return
  throw new AppError('ROLE_MISSING', `${user} has the role ${role}, and this needs the role ${needed}.`)
}

/** A connection that is not saved can lead anywhere, so only who may save one may name one. */
export function requireSaved(request: FastifyRequest, ...ends: (TransferEnd | undefined)[]): void {
  const isInline = (end: TransferEnd | undefined) =>
    end && end.kind !== 'file' && typeof end.server !== 'string'
  if (ends.some(isInline)) requireRole(request, 'admin')
}

/** A file alone may be looked at by all; whatever asks a database is more than looking. */
export function requireLook(
  request: FastifyRequest,
  source: Transfer['source'],
  target: TransferEnd | undefined,
): void {
  if (source.kind !== 'file' || target) requireRole(request, 'operator')
  requireSaved(request, source, target)
}
