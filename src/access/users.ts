import PQueue from 'p-queue'
import { AppError, userNameSchema, type SaveUser, type User } from '../shared/index.ts'
import type { Store, StoredUser } from '../store/index.ts'
import type { Access, OpenSession } from './access.ts'
import type { Passwords } from './passwords.ts'
import type { Clock } from './secrets.ts'
import type { Sessions } from './sessions.ts'

/** Whoever came by a link: somebody of this machine. No user may have the name. */
export const localUser = 'local'

export interface Users extends Pick<Access, 'loginByPassword'> {
  api: Access['users']
  /** However its letters were typed. */
  find(name: string): Promise<StoredUser | undefined>
}

interface Parts {
  store: Store
  passwords: Passwords
  sessions: Sessions
  /** There is another way in for an admin. */
  link: boolean
  now: Clock
}

export function users({ store, passwords, sessions, link, now }: Parts): Users {
  // One at a time, or two admins could make each other the last one.
  const changes = new PQueue({ concurrency: 1 })

  const find = async (name: string) => (await store.users.all()).find((user) => isSameName(user.name, name))

  async function existing(name: string): Promise<StoredUser> {
    const user = await find(name)
    if (user) return user
    throw new AppError('USER_NOT_FOUND', `There is no user ${name}.`)
  }

  async function changed(old: StoredUser | undefined, name: string, given: SaveUser): Promise<StoredUser> {
    const { role, password, isDisabled } = given
    const next = { role: role ?? old?.role, isDisabled: isDisabled ?? old?.isDisabled ?? false }
    const passwordHash = password === undefined ? old?.passwordHash : await passwords.hash(password)
    if (next.role === undefined || passwordHash === undefined) throw lacking(name, role ?? password)
    const { name: kept, createdAt } = old ?? { name: newName(name), createdAt: now().toISOString() }
    return { ...next, role: next.role, name: kept, createdAt, passwordHash }
  }

  /** Of all but the one that is to change. */
  async function requireAdminBeside(name: string): Promise<void> {
    const others = (await store.users.all()).filter((user) => user.name !== name)
    if (link || others.some(isAdmin)) return
    const sentence = `${name} is the last admin who can log in: make somebody else an admin first.`
    throw new AppError('REQUEST_INVALID', sentence)
  }

  return {
    find,
    async loginByPassword(name, password): Promise<OpenSession> {
      const user = await find(name)
      const isRight = await passwords.matches(password, user?.passwordHash)
      if (!user || !isRight || user.isDisabled) throw wrongPassword()
      const session = await sessions.open({ user: user.name, role: user.role, way: 'password' })
      // A change meanwhile has ended their sessions, but did not know of this one.
      if (isUnchanged(user, await store.users.get(user.name))) return session
      await sessions.endAllOf(user.name)
      throw wrongPassword()
    },
    api: {
      list: async () => (await store.users.all()).map(toUser),
      save: (name, given) =>
        changes.add(async () => {
          const old = await find(name)
          const user = await changed(old, name, given)
          if (old && isAdmin(old) && !isAdmin(user)) await requireAdminBeside(user.name)
          await store.users.put(user)
          await sessions.endAllOf(user.name)
          if (user.isDisabled) await store.apiTokens.deleteAllOf(user.name)
          return toUser(user)
        }),
      remove: (given) =>
        changes.add(async () => {
          const { name, ...user } = await existing(given)
          if (isAdmin(user)) await requireAdminBeside(name)
          await store.users.delete(name)
          await sessions.endAllOf(name)
          await store.apiTokens.deleteAllOf(name)
        }),
      changePassword: ({ user: name, way, sessionId }, current, next) =>
        changes.add(async () => {
          const user = way === 'password' ? await store.users.get(name) : undefined
          if (!user) throw new AppError('LOGIN_FAILED', `${name} has no password here.`)
          if (!(await passwords.matches(current, user.passwordHash)))
            throw new AppError('LOGIN_FAILED', 'The present password is not right.')
          await store.users.put({ ...user, passwordHash: await passwords.hash(next) })
          await sessions.endAllOf(name, sessionId ?? undefined)
        }),
    },
  }
}

const isAdmin = ({ role, isDisabled }: Pick<User, 'role' | 'isDisabled'>): boolean =>
  role === 'admin' && !isDisabled

const isUnchanged = (one: StoredUser, other: StoredUser | undefined): boolean =>
  other?.passwordHash === one.passwordHash && other.role === one.role && !other.isDisabled

/** Letters that look the same are the same. */
export const isSameName = (one: string, other: string): boolean => folded(one) === folded(other)

const folded = (name: string): string => name.normalize('NFKC').toLowerCase()

function newName(name: string): string {
  const given = userNameSchema.safeParse(name.normalize('NFC'))
  if (given.success && !isSameName(given.data, localUser)) return given.data
  throw new AppError('REQUEST_INVALID', `"${name}" cannot be the name of a user.`)
}

/** Who gives neither role nor password means somebody who is there. */
const lacking = (name: string, given: string | undefined): AppError =>
  given === undefined
    ? new AppError('USER_NOT_FOUND', `There is no user ${name}.`)
    : new AppError('REQUEST_INVALID', `${name} is new, and needs a role and a password.`)

const wrongPassword = () => new AppError('LOGIN_FAILED', 'The user or the password is not right.')

const toUser = ({ name, role, isDisabled, createdAt }: StoredUser): User => ({
  name,
  role,
  isDisabled,
  createdAt,
})
