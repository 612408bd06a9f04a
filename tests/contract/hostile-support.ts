import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '../../src/embedded/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { preview, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { AppError, previewRequestSchema, transferSchema, type ErrorCode } from '../../src/shared/index.ts'
import type { Hostile } from './hostile-sql.ts'
import { removeFolder } from '../support/folder.ts'

/** An embedded server with little memory, tables to attack, and files whose text nobody may learn. */
export interface Attacked extends AsyncDisposable {
  surroundings: Surroundings
  /** In the data folder and outside of it. */
  secrets: string[]
  /** The text as a part of a preview and of a run, each cancelled when it takes longer than that. */
  attack(hostile: Hostile, patienceMs?: number): Promise<Attack>
  /** Whether the server answers and has all of its tables. */
  isUnharmed(): Promise<boolean>
}

export interface Attack {
  /** How preview and run ended; null where nothing stopped them. */
  ends: (ErrorCode | null)[]
  /** Whether a secret is in what came back: rows, sentences, details, causes, the written file. */
  tells: boolean
}

const memoryLimit = 1_000_000_000

export async function openAttacked(): Promise<Attacked> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'flathouse-hostile-'))
  stack.defer(() => {
    removeFolder(folder)
  })
  const dataDir = join(folder, 'data')
  stack.use(await openEmbedded({ dataDir, memoryLimit }))
  const surroundings = stack.use(await openSurroundings({ dataDir }, {}))
  const secrets = [join(dataDir, 'canary.txt'), join(folder, 'canary.txt')]
  const canary = `canary ${randomUUID()}`
  for (const path of secrets) writeFileSync(path, canary)
  writeFileSync(join(folder, 'in.csv'), 'a\n1\n')
  await using server = await surroundings.server('embedded')
  await server.command(
    `CREATE TABLE sales ENGINE = MergeTree ORDER BY id AS
     SELECT number AS id, toDate('2024-01-01') + number AS day, toString(number) AS note, [number] AS list FROM numbers(10)`,
  )
  await server.command(
    'CREATE TABLE big ENGINE = MergeTree ORDER BY id AS SELECT number AS id FROM numbers(100000)',
  )
  const kept = stack.move()
  return {
    surroundings,
    secrets,
    attack: (hostile, patienceMs = 20_000) => attack(hostile, { surroundings, folder, canary, patienceMs }),
    isUnharmed: () => isUnharmed(surroundings),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Target {
  surroundings: Surroundings
  folder: string
  canary: string
  patienceMs: number
}

async function attack(hostile: Hostile, target: Target): Promise<Attack> {
  const { surroundings, folder, canary, patienceMs } = target
  const out = join(folder, 'out.csv')
  rmSync(out, { force: true })
  const signal = () => AbortSignal.timeout(patienceMs)
  const looked = await look(hostile, surroundings, folder, signal()).catch((error: unknown) => error)
  const report = await move(hostile, surroundings, folder, signal())
  const said = [JSON.stringify(looked), allText(looked), JSON.stringify(report)]
  if (existsSync(out)) said.push(readFileSync(out, 'utf8'))
  return {
    ends: [looked instanceof AppError ? looked.code : null, report.error?.code ?? null],
    tells: said.join('\n').includes(canary) || existsSync('/tmp/flathouse-hostile-out'),
  }
}

/** Of an error and of all that caused it. */
function allText(value: unknown): string {
  if (!(value instanceof Error)) return ''
  const detail = value instanceof AppError ? (value.detail ?? '') : ''
  return [value.message, detail, value.stack ?? '', allText(value.cause)].join('\n')
}

function look(hostile: Hostile, surroundings: Surroundings, folder: string, signal: AbortSignal) {
  const request =
    hostile.as === 'type'
      ? { source: fileEnd(folder), types: [{ column: 'a', type: hostile.text }] }
      : relationOf(hostile)
  return parsed(() => preview(previewRequestSchema.parse({ records: 5, ...request }), surroundings, signal))
}

function move(hostile: Hostile, surroundings: Surroundings, folder: string, signal: AbortSignal) {
  const target = { kind: 'file', path: join(folder, 'out.csv') }
  const transfer =
    hostile.as === 'type'
      ? {
          direction: 'import',
          source: fileEnd(folder),
          target: { kind: 'table', server: 'embedded', table: 'typed' },
          mode: 'replace',
          types: [{ column: 'a', type: hostile.text }],
        }
      : { direction: 'export', target, ...relationOf(hostile) }
  return parsed(() =>
    runTransfer(transferSchema.parse(transfer), surroundings, { signal, onEvent: () => undefined }),
  ).catch((error: unknown) => ({ error: { code: (error as AppError).code } }))
}

/** What is not even a request, as an empty text is not, is refused as such. */
async function parsed<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('REQUEST_INVALID', 'This is no request.', { cause: error })
  }
}

const fileEnd = (folder: string) => ({ kind: 'file', path: join(folder, 'in.csv') })

function relationOf({ as, text }: Hostile) {
  if (as === 'query') return { source: { kind: 'query', server: 'embedded', sql: text } }
  const source = { kind: 'table', server: 'embedded', table: 'sales' }
  if (as === 'where') return { source, where: text }
  const join = { kind: 'inner', table: 'sales', as: 'b', condition: text }
  return { source: { ...source, as: 'a', joins: [join] } }
}

async function isUnharmed(surroundings: Surroundings): Promise<boolean> {
  await using server = await surroundings.server('embedded')
  const [row] = await server.rows<{ sales: string; big: string; tables: string }>(
    `SELECT toString((SELECT count() FROM sales)) AS sales, toString((SELECT count() FROM big)) AS big,
       arrayStringConcat((SELECT groupArray(name) FROM (SELECT name FROM system.tables WHERE database = 'main' ORDER BY name)), ' ') AS tables`,
  )
  return row?.sales === '10' && row.big === '100000' && row.tables === 'big sales'
}
