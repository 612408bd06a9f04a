import { mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describeReport } from '../cli/index.ts'
import { toAppError } from '../shared/index.ts'
import { readConfig } from './config.ts'
import { openSurroundings } from './open.ts'
import { loadSamples, writeFlights } from './samples.ts'

/** `npm start`: loads the sample data on the first run, and says what to try. */
async function start(): Promise<number> {
  const config = readConfig(process.env)
  const folder = join(config.dataDir, 'samples')
  const flights = join(folder, 'flights.csv')
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cancel.abort())

  console.log('Starting the embedded ClickHouse, with two sample tables on the first run…')
  await using surroundings = await openSurroundings(config, {})
  await mkdir(folder, { recursive: true })
  await writeFlights(flights, surroundings)
  for await (const { transfer, report } of loadSamples(flights, surroundings, cancel.signal)) {
    if (report.error) throw new Error(report.error.message)
    console.log(describeReport(transfer, report))
  }
  console.log(toTry(relative(process.cwd(), flights)))
  return 0
}

const toTry = (flights: string) => `Ready. The embedded database holds the tables airports and flights. Try:

  ./bin/flathouse preview flights --limit 5
  ./bin/flathouse inspect ${flights}
  ./bin/flathouse export  flights --where "origin = 'JFK'" --to jfk.csv.gz
  ./bin/flathouse import  ${flights} --table flights --mode replace
  ./bin/flathouse --help`

try {
  process.exitCode = await start()
} catch (error) {
  const known = toAppError(error)
  console.error(`${known.message}\n${known.hint}`)
  process.exitCode = known.exitCode
}
