import type { Selectable } from 'kysely'
import {
  AppError,
  type FailedAttempt,
  type LogLine,
  type Report,
  type Run,
  type RunList,
  type RunProgress,
  type RunQuery,
  type RunStatus,
  type Transfer,
} from '../shared/index.ts'
import type { StateFile, Tables } from './database.ts'

export interface StoredRun extends Run {
  log: LogLine[]
  /** Until now; the report has them at the end. */
  failedAttempts: FailedAttempt[]
}

export interface RunStore {
  insert(run: StoredRun): Promise<void>
  /** All but its id, its transfer, and when and by whom it was created, which never change. */
  update(run: StoredRun): Promise<void>
  get(id: string): Promise<StoredRun | undefined>
  /**
   * The newest first.
   *
   * @throws {AppError} RUN_NOT_FOUND when there is no run of the id `before`
   */
  list(query: RunQuery): Promise<RunList>
  /** Those that have not ended, the oldest first. */
  openOnes(): Promise<StoredRun[]>
}

const withoutLog = [
  'number',
  'id',
  'transfer',
  'direction',
  'status',
  'created_at',
  'started_by',
  'ended_at',
  'progress',
  'report',
] as const

export const runStore = ({ db, ask }: StateFile): RunStore => ({
  async insert(run) {
    const { id, transfer, createdAt, startedBy } = run
    const fixed = {
      id,
      transfer: JSON.stringify(transfer),
      direction: transfer.direction,
      created_at: createdAt,
      started_by: startedBy,
    }
    await ask(
      db
        .insertInto('runs')
        .values({ ...fixed, ...changing(run) })
        .execute(),
    )
  },
  async update(run) {
    await ask(db.updateTable('runs').set(changing(run)).where('id', '=', run.id).execute())
  },
  async get(id) {
    const row = await ask(db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst())
    return row && fromRow(row)
  },
  async list({ status, direction, before, limit }) {
    let query = db
      .selectFrom('runs')
      .select(withoutLog)
      .orderBy('number', 'desc')
      .limit(limit + 1)
    if (status !== undefined) query = query.where('status', '=', status)
    if (direction !== undefined) query = query.where('direction', '=', direction)
    if (before !== undefined) {
      const last = db.selectFrom('runs').select('number').where('id', '=', before)
      const found = await ask(last.executeTakeFirst())
      if (!found) throw new AppError('RUN_NOT_FOUND', `There is no run ${before}.`)
      query = query.where('number', '<', found.number)
    }
    const rows = await ask(query.execute())
    return { runs: rows.slice(0, limit).map(runOf), more: rows.length > limit }
  },
  async openOnes() {
    const open = db.selectFrom('runs').selectAll().where('ended_at', 'is', null).orderBy('number')
    return (await ask(open.execute())).map(fromRow)
  },
})

const changing = ({ status, endedAt, progress, report, log, failedAttempts }: StoredRun) => ({
  status,
  ended_at: endedAt,
  progress: JSON.stringify(progress),
  report: report && JSON.stringify(report),
  log: JSON.stringify(log),
  failed_attempts: JSON.stringify(failedAttempts),
})

type Row = Selectable<Tables['runs']>

const fromRow = (row: Row): StoredRun => ({
  ...runOf(row),
  log: JSON.parse(row.log) as LogLine[],
  failedAttempts: JSON.parse(row.failed_attempts) as FailedAttempt[],
})

const runOf = (row: Omit<Row, 'log' | 'failed_attempts'>): Run => ({
  id: row.id,
  transfer: JSON.parse(row.transfer) as Transfer,
  status: row.status as RunStatus,
  createdAt: row.created_at,
  startedBy: row.started_by,
  endedAt: row.ended_at,
  progress: JSON.parse(row.progress) as RunProgress,
  // It waits in the process that runs it, and nowhere else.
  waitsForToken: null,
  report: row.report === null ? null : (JSON.parse(row.report) as Report),
})
