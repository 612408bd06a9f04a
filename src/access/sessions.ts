import { randomUUID } from 'node:crypto'
import { AppError, type Role, type Way } from '../shared/index.ts'
import type { Store, StoredSession } from '../store/index.ts'
import type { OpenSession, Principal } from './access.ts'
import type { AuditLog } from './audit.ts'
import { accessSeconds, type Keys } from './keys.ts'
import { hashOf, later, randomSecret, type Clock } from './secrets.ts'

export interface Sessions {
  open(who: { user: string; role: Role; way: Way }): Promise<OpenSession>
  /** @throws {AppError} SESSION_ENDED */
  verify(accessToken: string): Promise<Principal>
  /** @throws {AppError} SESSION_ENDED; then all of the session is ended */
  refresh(refreshToken: string | undefined): Promise<OpenSession>
  end(id: string): Promise<void>
  /** @param except the session that goes on */
  endAllOf(user: string, except?: string): Promise<void>
}

const sessionSeconds = 14 * 24 * 3600

export function sessions({ sessions: store }: Store, keys: Keys, audit: AuditLog, now: Clock): Sessions {
  async function issue(session: StoredSession, secret: string): Promise<OpenSession> {
    const { id, user, role, way } = session
    const refreshExpiresAt = new Date(session.expiresAt)
    const expiresAt = wholeSecond(Math.min(later(now(), accessSeconds).getTime(), refreshExpiresAt.getTime()))
    const accessToken = await keys.sign({ sub: user, sid: id, role, way }, expiresAt)
    const principal: Principal = { user, role, way, sessionId: id, expiresAt }
    return { principal, accessToken, refreshToken: `${id}.${secret}`, refreshExpiresAt }
  }

  async function endReused({ id, user, way }: StoredSession): Promise<void> {
    await store.end(id, now())
    await audit.add({
      user,
      way,
      address: null,
      action: 'session.reuse',
      subject: id,
      outcome: 'SESSION_ENDED',
    })
  }

  return {
    async open(who) {
      const secret = randomSecret()
      const expiresAt = later(now(), sessionSeconds).toISOString()
      const session = { id: randomUUID(), ...who, refreshHash: hashOf(secret), expiresAt }
      await store.insert(session, now())
      return await issue(session, secret)
    },
    async verify(accessToken) {
      const { sid, exp = 0 } = await keys.verify(accessToken)
      // Asked each time, so that a logout holds at once, whichever process it came from.
      const session = await store.live(String(sid), now())
      if (!session) throw ended()
      const { id, user, role, way } = session
      return { user, role, way, sessionId: id, expiresAt: new Date(exp * 1000) }
    },
    async refresh(refreshToken = '') {
      const [id = '', secret = ''] = refreshToken.split('.')
      const session = await store.live(id, now())
      if (!session) throw ended()
      const next = randomSecret()
      if (await store.rotate(id, hashOf(secret), hashOf(next))) return await issue(session, next)
      // Somebody else has used it, or guesses: whoever of them is the thief, both log in again.
      await endReused(session)
      throw ended()
    },
    end: (id) => store.end(id, now()),
    endAllOf: (user, except) => store.endAllOf(user, now(), except),
  }
}

const ended = () => new AppError('SESSION_ENDED', 'The login has ended.')

/** As a JWT has it. */
const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000)
