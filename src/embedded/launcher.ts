/**
 * The child process that becomes the server: `node launcher.ts LIBRARY ENDED ARGUMENT…` runs `clickhouse-local ARGUMENT…`.
 * It is a program, not a module; launch.ts starts it.
 */
import { watchFile } from 'node:fs'
import { DataType, load, open } from 'ffi-rs'

/** How long a clean shutdown may take. It needs 20–110 ms unless a query or an idle connection holds it (then 4.9 s). */
const graceMs = 200
const watchMs = 100

const [library, ended, ...rest] = process.argv.slice(2)
if (library === undefined || ended === undefined) throw new Error('usage: launcher LIBRARY ENDED ARGUMENT…')

/**
 * SIGKILL, because it cannot be held up by threads that still run. It is safe for the data: ClickHouse's parts and
 * metadata appear by rename.
 */
function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

// The server fills the file ENDED when its life-line has ended. Reading the life-line here as well would be wrong: when
// somebody attaches at the instant the last user leaves, one reader could see the end and the other one not.
watchFile(ended, { interval: watchMs }, (now) => {
  if (now.size > 0) setTimeout(end, graceMs)
})

const argv = ['clickhouse-local', ...rest]
open({ library: 'chdb', path: library })
// In a thread of its own, so that this one can watch. ffi-rs keeps the thread's real stack, which ClickHouse checks.
const finished: unknown = load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.I32,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: true,
})
void Promise.resolve(finished).finally(end)
