import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { literal } from '../core/sql/index.ts'
import { runTransfer, type Surroundings } from '../runs/index.ts'
import { transferSchema, type Report, type RunEvent, type Transfer } from '../shared/index.ts'

/** The sample data come with the npm package vega-datasets; see examples/README.md. */
const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('vega-datasets')))
const samplePath = (name: string) => join(packageFolder, 'data', name)

/** Writes flights.csv, 3 million US flights, unless it is there. */
export async function writeFlights(path: string, { server, workspace }: Surroundings): Promise<void> {
  if (await exists(path)) return
  await using embedded = await server('embedded')
  await using mount = await workspace.mount(await workspace.sources(samplePath('flights-3m.parquet')))
  await using target = await workspace.target(path)
  const from = `file(${literal(mount.path)}, 'Parquet')`
  const to = `file(${literal(target.mountPath)}, 'CSVWithNames')`
  await embedded.command(`INSERT INTO FUNCTION ${to} SELECT * FROM ${from}`, {
    settings: { engine_file_truncate_on_insert: 1, max_threads: 1 },
  })
  await target.commit()
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Loads both samples into the embedded database, as any other file would be; what is there already stays. */
export async function* loadSamples(
  flights: string,
  surroundings: Surroundings,
  signal: AbortSignal,
): AsyncGenerator<{ transfer: Transfer; report: Report }> {
  await using embedded = await surroundings.server('embedded')
  const present = new Set((await embedded.tables(embedded.database)).map(({ table }) => table))
  const samples = [
    { table: 'airports', path: samplePath('airports.csv'), orderBy: ['iata'] },
    { table: 'flights', path: flights, orderBy: ['origin', 'destination'] },
  ]
  for (const { table, path, orderBy } of samples.filter((sample) => !present.has(sample.table))) {
    const transfer = transferSchema.parse({
      direction: 'import',
      source: { kind: 'file', path },
      target: { kind: 'table', server: 'embedded', table },
      mode: 'create',
      orderBy,
    })
    const onEvent: (event: RunEvent) => void = () => undefined
    yield { transfer, report: await runTransfer(transfer, surroundings, { signal, onEvent }) }
  }
}
