import { access, copyFile, mkdir, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { literal } from '../core/sql/index.ts'
import { runTransfer, type Surroundings } from '../runs/index.ts'
import { transferSchema, type Report, type RunEvent, type Transfer } from '../shared/index.ts'

/** The sample data come with the npm package vega-datasets; see examples/README.md. */
const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('vega-datasets')))
const packaged = (name: string) => join(packageFolder, 'data', name)

/** Where they are in a workspace. */
const folder = 'samples'
const inWorkspace = (name: string) => `${folder}/${name}.csv`

const samples = [
  { table: 'airports', orderBy: ['iata'] },
  { table: 'flights', orderBy: ['origin', 'destination'] },
]

/** Writes airports.csv and flights.csv, 3 million US flights, unless they are there. */
export async function writeSamples(root: string, surroundings: Surroundings): Promise<void> {
  await mkdir(join(root, folder), { recursive: true })
  const airports = join(root, inWorkspace('airports'))
  if (!(await exists(airports))) {
    await copyFile(packaged('airports.csv'), `${airports}.part`)
    await rename(`${airports}.part`, airports)
  }
  const flights = join(root, inWorkspace('flights'))
  if (!(await exists(flights))) await writeFlights(flights, surroundings)
}

export async function writeFlights(path: string, { server, workspace }: Surroundings): Promise<void> {
  await using embedded = await server('embedded')
  await using mount = await workspace.mount(await workspace.sources(packaged('flights-3m.parquet')))
  await using target = await workspace.target(path)
  const from = `file(${literal(mount.path)}, 'Parquet')`
  const to = `file(${literal(target.mountPath)}, 'CSVWithNames')`
  await embedded.command(`INSERT INTO FUNCTION ${to} SELECT * FROM ${from}`, {
    settings: { engine_file_truncate_on_insert: 1, max_threads: 1 },
  })
  await target.commit()
}

/** Loads both samples into the embedded database, as any other file would be; what is there already stays. */
export async function* loadSamples(
  root: string,
  surroundings: Surroundings,
  signal: AbortSignal,
): AsyncGenerator<{ transfer: Transfer; report: Report }> {
  await using embedded = await surroundings.server('embedded')
  const present = new Set((await embedded.tables(embedded.database)).map(({ table }) => table))
  for (const { table, orderBy } of samples.filter((sample) => !present.has(sample.table))) {
    const transfer = transferSchema.parse({
      direction: 'import',
      source: { kind: 'file', path: join(root, inWorkspace(table)) },
      target: { kind: 'table', server: 'embedded', table },
      mode: 'create',
      orderBy,
    })
    const onEvent: (event: RunEvent) => void = () => undefined
    yield { transfer, report: await runTransfer(transfer, surroundings, { signal, onEvent }) }
  }
}

/** What a first visit can try, when this workspace has the sample. */
export async function findSample(root: string): Promise<Transfer | null> {
  const path = inWorkspace('flights')
  if (!(await exists(join(root, path)))) return null
  return transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path },
    target: { kind: 'table', server: 'embedded', table: 'first_transfer' },
    mode: 'replace',
    orderBy: ['origin', 'destination'],
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
