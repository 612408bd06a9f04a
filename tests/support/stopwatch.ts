const tickMs = 10
/** A tick that comes later than that says that the machine had something else to do. */
const latestMs = 50

/**
 * Counts the milliseconds in which this process could do something. What is to happen in it within a time must do so on
 * a machine, too, that now and then lets all of it wait.
 */
export function stopwatch(): () => number {
  let [passed, at] = [0, performance.now()]
  const look = () => {
    const now = performance.now()
    passed += Math.min(now - at, latestMs)
    at = now
  }
  const timer = setInterval(look, tickMs).unref()
  return () => {
    clearInterval(timer)
    look()
    return passed
  }
}
