import { useSyncExternalStore } from 'react'
import type { Problem, Role, Session } from '../../shared/index.ts'
import { apiUrl, isProblem, problemOf, readAnswer, send } from './http.ts'

/** Why nobody is logged in: a new visitor, a session that ran out or was ended, or somebody who logged out. */
type WhyOut = 'new' | 'ended' | 'left'

export type LoginState =
  | { status: 'asking' }
  | { status: 'in'; session: Session }
  /** `link` is why a one-time link did not let in. */
  | { status: 'out'; why: WhyOut; link: Problem | null }
  /** Not known: there was no answer that tells. It is asked again. */
  | { status: 'lost'; problem: Problem }

/** Before it has ended, so that work that goes on never meets its end. */
const renewedAfter = 0.8
/** Where the clock of this machine is wrong, it is not asked again and again. */
const shortestMs = 60_000
const retryMs = 2000

let state: LoginState = { status: 'asking' }
/** Why the last one-time link did not let in. */
let link: Problem | null = null
let channel: BroadcastChannel | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let dueAt = Infinity
const listeners = new Set<() => void>()

function change(next: LoginState) {
  state = next
  listeners.forEach((listener) => listener())
}

/** Logs in by the one-time link that led here, or finds out who is logged in. */
export function startSession() {
  channel = new BroadcastChannel('flathouse-session')
  channel.onmessage = ({ data }) => {
    if (data === 'out') leave('left')
    // What is being asked already may be answered as it was before the other tab logged in.
    else void Promise.resolve(renewing).then(renew)
  }
  // Timers sleep with the machine.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() >= dueAt) void renew()
  })
  // A link that is opened where this page is already changes no more than the address.
  addEventListener('hashchange', () => void followLink())
  if (!followLink()) void renew()
}

/** @returns false when the address has no one-time link's code */
function followLink(): boolean {
  const [, code] = /^#code=(.+)$/.exec(location.hash) ?? []
  if (code === undefined || location.pathname !== '/login') return false
  history.replaceState(history.state, '', `${location.pathname}${location.search}`)
  change({ status: 'asking' })
  post<Session>('/session/code', { code }).then(enter, (error: unknown) => {
    link = problemOf(error)
    return renew()
  })
  return true
}

const post = <T>(path: string, body?: unknown): Promise<T> =>
  readAnswer<T>(send(apiUrl(path), { method: 'POST', body }))

/** @throws {ApiError} */
export async function logIn(user: string, password: string): Promise<void> {
  enter(await post<Session>('/session', { user, password }))
}

/** In all tabs. @throws {ApiError} */
export async function logOut(): Promise<void> {
  const asked = authorised(() => send(apiUrl('/session'), { method: 'DELETE' }))
  await readAnswer(asked).catch((error: unknown) => {
    if (problemOf(error).status !== 401) throw error
  })
  leave('left')
  channel?.postMessage('out')
}

function enter(session: Session) {
  take(session)
  channel?.postMessage('in')
}

function take(session: Session) {
  link = null
  const left = session.expiresAt === null ? Infinity : Date.parse(session.expiresAt) - Date.now()
  renewIn(Math.max(left * renewedAfter, shortestMs))
  change({ status: 'in', session })
}

function leave(why: WhyOut) {
  renewIn(Infinity)
  if (state.status !== 'out') change({ status: 'out', why, link })
}

function renewIn(ms: number) {
  clearTimeout(timer)
  dueAt = Date.now() + ms
  if (ms !== Infinity) timer = setTimeout(() => void renew(), ms)
}

let renewing: Promise<boolean> | undefined

/** Finds out who is logged in, and makes the session last. Of all tabs one at a time. @returns whether it worked */
export function renew(): Promise<boolean> {
  renewing ??= alone(renewed)
    .then(
      (session) => {
        take(session)
        return true
      },
      (error: unknown) => {
        fail(problemOf(error))
        return false
      },
    )
    .finally(() => (renewing = undefined))
  return renewing
}

/** A refresh token that is used by two tabs ends the session. Without a secure context there is no way to take turns. */
const alone = async (work: () => Promise<Session>): Promise<Session> =>
  'locks' in navigator ? await navigator.locks.request('flathouse-session', work) : work()

async function renewed(): Promise<Session> {
  const known = state.status === 'in' ? state.session.expiresAt : undefined
  const found = await readAnswer<Session>(send(apiUrl('/session'))).catch((error: unknown) => {
    if (problemOf(error).status === 401) return null
    throw error
  })
  // Another tab has renewed it meanwhile.
  if (found && found.expiresAt !== known) return found
  return post('/session/refresh')
}

function fail(problem: Problem) {
  if (problem.status === 401) {
    leave(state.status === 'in' ? 'ended' : 'new')
    return
  }
  renewIn(state.status === 'in' ? shortestMs : retryMs)
  if (state.status !== 'in') change({ status: 'lost', problem })
}

/** Asks, and when the session turns out to have run out, renews it and asks once more. */
export async function authorised(ask: () => Promise<Response>): Promise<Response> {
  const before = state
  const response = await ask()
  if (response.status !== 401 || !(await saysEnded(response))) return response
  return state !== before || (await renew()) ? ask() : response
}

async function saysEnded(response: Response): Promise<boolean> {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return isProblem(answer) && ['LOGIN_REQUIRED', 'SESSION_ENDED'].includes(answer.code)
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useLogin = (): LoginState => useSyncExternalStore(subscribe, () => state)

/** Who is logged in; undefined only while that is not known or nobody is. */
export function useSession(): Session | undefined {
  const login = useLogin()
  return login.status === 'in' ? login.session : undefined
}

const ranks: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 }

export const includes = (role: Role, needed: Role): boolean => ranks[role] >= ranks[needed]

/** Whether who is logged in has the role, or one above it: what one may not do is not offered. */
export function useMay(role: Role): boolean {
  const session = useSession()
  return session !== undefined && includes(session.role, role)
}
