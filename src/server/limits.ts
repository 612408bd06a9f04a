import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../shared/index.ts'
import type { App } from './app-type.ts'

const timeWindow = 60_000
/**
 * In a minute. Many people may share an address, and each page that opens asks for a refresh. Whoever tries out how a
 * file is laid out looks at it in three ways at every change.
 */
const most = { login: 10, refresh: 60, costly: 120, look: 600, all: 12_000 }
/** Costly ones of one user: a file that is small when packed can keep the machine busy for as long as it likes. */
const mostAtOnce = 12

/** How often one address or one user may ask. To be added before the gate, which costs time itself. */
export async function addLimits(app: App): Promise<void> {
  await app.register(rateLimit, { global: false })
  const ofAddress = (max: number) => app.createRateLimit({ max, timeWindow, keyGenerator: addressOf })
  const ofUser = (max: number) => app.createRateLimit({ max, timeWindow, keyGenerator: userOf })
  const all = ofAddress(most.all)
  const byAddress = { login: ofAddress(most.login), refresh: ofAddress(most.refresh) }
  const takePlace = places()
  const byUser = {
    login: ofUser(most.login),
    password: ofUser(most.login),
    costly: ofUser(most.costly),
    look: ofUser(most.look),
  }

  app.addHook('onRequest', async (request, reply) => {
    await requireWithin(all, request, reply, request.ip)
    const { limit } = request.routeOptions.config
    if (limit === 'login' || limit === 'refresh')
      await requireWithin(byAddress[limit], request, reply, request.ip)
  })
  app.addHook('preHandler', async (request, reply) => {
    const { limit } = request.routeOptions.config
    const user = userOf(request)
    if (user !== '' && limit !== undefined && limit !== 'refresh')
      await requireWithin(byUser[limit], request, reply, user)
    if (limit === 'costly' || limit === 'look') takePlace(user, reply)
  })
}

/** Counts those that are being answered. */
function places() {
  const taken = new Map<string, number>()
  const add = (user: string, number: number) => {
    const now = (taken.get(user) ?? 0) + number
    if (now === 0) taken.delete(user)
    else taken.set(user, now)
  }
  return (user: string, { raw }: FastifyReply) => {
    if ((taken.get(user) ?? 0) >= mostAtOnce) {
      const sentence = `${mostAtOnce} requests of ${user} are being answered; the next must wait for one of them.`
      throw new AppError('TOO_MANY_REQUESTS', sentence)
    }
    // Who hung up while the request was read would never give the place back.
    if (raw.destroyed) return
    add(user, 1)
    raw.once('close', () => add(user, -1))
  }
}

type Limiter = ReturnType<App['createRateLimit']>

async function requireWithin(limiter: Limiter, request: FastifyRequest, reply: FastifyReply, who: string) {
  const found = await limiter(request)
  if (found.isAllowed || !found.isExceeded) return
  void reply.header('retry-after', found.ttlInSeconds)
  const sentence = `Too many requests of ${who}; the next is answered in ${found.ttlInSeconds} s.`
  throw new AppError('TOO_MANY_REQUESTS', sentence)
}

/** Of IPv6 the network, which one person has all of. Who has hung up has none. */
const addressOf = ({ ip }: { ip: string | undefined }): string => (ip === undefined ? '' : normalizeIP(ip))

/** Who asks, or whose password is being tried. */
function userOf({ principal, body }: FastifyRequest): string {
  const { user } = (body ?? {}) as { user?: unknown }
  const name = principal?.user ?? (typeof user === 'string' ? user : '')
  // As the names of users are compared.
  return name.normalize('NFKC').toLowerCase()
}
