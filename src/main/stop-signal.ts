const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const impatientAfterMs = 1000
const lingerMs = 1000

/** Ctrl-C and its kin abort the signal; another one, when that takes too long, ends the process at once. */
export function listenForStop(): Disposable & { signal: AbortSignal } {
  const stop = new AbortController()
  let firstAt: number | undefined
  const onSignal = () => {
    // One Ctrl-C may arrive twice at nearly the same time: from the terminal, and from the launcher.
    if (firstAt !== undefined && performance.now() - firstAt > impatientAfterMs) process.exit(130)
    firstAt ??= performance.now()
    stop.abort()
  }
  for (const name of names) process.on(name, onSignal)
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal)
      // What did not end in time, such as a request without an answer, must not keep the process.
      if (stop.signal.aborted) setTimeout(() => process.exit(), lingerMs).unref()
    },
  }
}
