import type { Query } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type { Follow, LiveEvent, Run } from '../../shared/index.ts'
import { isEnded } from '../words.ts'
import { api } from './client.ts'
import { blockedAfter, waitMs, withLines, withRun, withRunInPages } from './live-state.ts'
import { keys, queryClient } from './queries.ts'
import { renew } from './session.ts'
import type { InfiniteData } from '@tanstack/react-query'
import type { RunDetail, RunList } from '../../shared/index.ts'

/** `polling`: sockets are blocked, and the runs are asked for every 2 s. `lost`: Flathouse does not answer at all. */
export type LiveStatus = 'connecting' | 'live' | 'polling' | 'lost'

interface LiveState {
  status: LiveStatus
  /** Runs that have not ended. */
  liveRuns: ReadonlySet<string>
}

const silenceMs = 40_000
const pollMs = 2000
/** The code that the server closes the socket with. */
const sessionEnded = 4401
const followAll: Follow = { follow: 'all' }

let state: LiveState = { status: 'connecting', liveRuns: new Set() }
const listeners = new Set<() => void>()
const change = (part: Partial<LiveState>) => {
  state = { ...state, ...part }
  listeners.forEach((listener) => listener())
}

function takeRun(run: Run) {
  const known = queryClient.getQueryData<RunDetail>(keys.run(run.id))
  queryClient.setQueryData<RunDetail>(keys.run(run.id), (detail) => detail && withRun(detail, run))
  let isListed = false
  for (const [key, pages] of queryClient.getQueriesData<InfiniteData<RunList, string | undefined>>({
    queryKey: keys.runs,
  })) {
    const next = pages && withRunInPages(pages, run)
    if (next) queryClient.setQueryData(key, next)
    isListed ||= Boolean(next)
  }
  // A short one may never have been seen to go on, and an answer that is on its way may still say that it does.
  const isAsked = queryClient.isFetching({ queryKey: keys.run(run.id) }) > 0
  const hasEnded = isEnded(run.status) && (isAsked || (known && !isEnded(known.status)))
  if (hasEnded || state.liveRuns.has(run.id) === isEnded(run.status)) countRun(run)
  else if (!isListed && !isEnded(run.status)) void queryClient.invalidateQueries({ queryKey: keys.runs })
}

/** A run began or ended: lists change, and what it wrote is new. */
function countRun(run: Run) {
  const liveRuns = new Set(state.liveRuns)
  if (isEnded(run.status)) liveRuns.delete(run.id)
  else liveRuns.add(run.id)
  change({ liveRuns })
  void queryClient.invalidateQueries({ queryKey: keys.runs })
  if (!isEnded(run.status)) return
  // The end brings the report and the last log lines together.
  askAnew(keys.run(run.id))
  for (const what of [...keys.files, 'connection', 'preview', 'plan']) lookAgain([what])
}

/** Also for what is asked for already: a first answer that is on its way would be taken for a new one. */
function askAnew(queryKey: readonly string[]) {
  void queryClient.cancelQueries({ queryKey }).then(() => queryClient.invalidateQueries({ queryKey }))
}

/** A first answer that is on its way is from before, perhaps: it is shown, so that something is, and asked for again. */
function lookAgain(queryKey: readonly string[]) {
  const isFirst = ({ state }: Query) => state.data === undefined && state.fetchStatus === 'fetching'
  const first = queryClient.getQueryCache().findAll({ queryKey, predicate: isFirst })
  void queryClient.invalidateQueries({ queryKey }).then(() => {
    for (const query of first) void queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true })
  })
}

function take(event: LiveEvent) {
  if (event.type === 'run') takeRun(event.run)
  if (event.type === 'log')
    queryClient.setQueryData<RunDetail>(
      keys.run(event.runId),
      (detail) => detail && withLines(detail, event.lines),
    )
}

let failures = 0
let polling: ReturnType<typeof setInterval> | undefined
/** Undefined while nothing is to be told. */
let current: WebSocket | undefined
let again: ReturnType<typeof setTimeout> | undefined
const forgetFailures = () => (failures = 0)

/** Keeps one socket open until `stopEvents`. */
export function startEvents() {
  if (current) return
  addEventListener('online', forgetFailures)
  connect()
}

export function stopEvents() {
  const socket = current
  current = undefined
  socket?.close()
  clearTimeout(again)
  stopPolling()
  removeEventListener('online', forgetFailures)
  failures = 0
  change({ status: 'connecting', liveRuns: new Set() })
}

function connect() {
  const socket = new WebSocket(new URL('/api/v1/events', location.href.replace(/^http/, 'ws')))
  current = socket
  let watchdog: ReturnType<typeof setTimeout> | undefined
  const alive = () => {
    clearTimeout(watchdog)
    // A connection that was cut without a word looks open; the server says something every 15 s.
    watchdog = setTimeout(() => socket.close(), silenceMs)
  }
  alive()
  socket.onopen = () => {
    failures = 0
    stopPolling()
    alive()
    socket.send(JSON.stringify(followAll))
    change({ status: 'live', liveRuns: new Set() })
    // What happened while there was no connection was not told.
    askAnew(keys.runs)
    askAnew(['run'])
    askAgain()
  }
  socket.onmessage = ({ data }) => {
    alive()
    take(JSON.parse(String(data)) as LiveEvent)
  }
  socket.onclose = ({ code }) => {
    clearTimeout(watchdog)
    if (code === sessionEnded) void renew().finally(() => connectLater(socket))
    else connectLater(socket)
  }
}

function connectLater(closed: WebSocket) {
  if (closed !== current) return
  failures += 1
  if (failures >= blockedAfter) startPolling()
  else if (state.status === 'live') change({ status: 'connecting' })
  again = setTimeout(connect, waitMs(failures, Math.random()))
}

/** What could not be had while Flathouse did not answer. */
function askAgain() {
  void queryClient.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' })
}

function startPolling() {
  if (polling !== undefined) return
  polling = setInterval(() => void poll(), pollMs)
  void poll()
}

function stopPolling() {
  clearInterval(polling)
  polling = undefined
}

async function poll() {
  const answer = await api.runs({ limit: 50 }).catch(() => null)
  if (polling === undefined) return
  if (answer && state.status === 'lost') askAgain()
  change({ status: answer ? 'polling' : 'lost' })
  answer?.runs.forEach(takeRun)
  // Log lines are only in a run's detail.
  const watched = queryClient.getQueryCache().findAll({ queryKey: ['run'], type: 'active' })
  for (const { queryKey } of watched)
    if (state.liveRuns.has(String(queryKey[1]))) void queryClient.invalidateQueries({ queryKey })
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useLiveStatus = (): LiveStatus => useSyncExternalStore(subscribe, () => state.status)

export const useLiveCount = (): number => useSyncExternalStore(subscribe, () => state.liveRuns.size)
