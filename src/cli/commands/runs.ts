import type { Command } from 'commander'
import { AppError, type Reject, type Run } from '../../shared/index.ts'
import type { Context, Opened } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import { oneLine, textTable } from '../text-table.ts'
import { positiveNumber } from '../values.ts'
import { number, seconds } from '../words.ts'

interface ListOptions extends CommonOptions {
  limit: number
}

interface RejectsOptions extends ListOptions {
  to?: string
}

export function addRuns(program: Command, context: Context): void {
  const runs = program
    .command('runs')
    .description('Runs that the web application started, and the rejects of any run.')
  addCommon(
    runs
      .command('list')
      .description('The newest runs.')
      .option('--limit <N>', 'how many', positiveNumber, 20),
  ).action((options: ListOptions) => list(options, context))
  addCommon(
    runs.command('show').description('One run and its log.').argument('<ID>', 'as the list shows it'),
  ).action((id: string, options: CommonOptions) => show(id, options, context))
  addCommon(
    runs
      .command('rejects')
      .description('The records that a run refused, and why.')
      .argument('<ID>', 'as the list or a report shows it')
      .option('--limit <N>', 'how many to show', positiveNumber, 20)
      .option('--to <FILE>', 'copy them: all reasons to FILE, all records beside it'),
  )
    .addHelpText(
      'after',
      `
Example:
  flathouse runs rejects 3f0e… --to bad.csv      writes bad.csv and bad.records.csv`,
    )
    .action((id: string, options: RejectsOptions) => rejects(id, options, context))
}

async function list(options: ListOptions, context: Context): Promise<void> {
  await using opened = await context.open(options)
  const { runs } = await opened.runs.list({ limit: Math.min(options.limit, 200) })
  const { stdout } = context
  if (options.json) stdout.write(`${JSON.stringify({ runs })}\n`)
  else if (runs.length === 0) stdout.write('There are no runs.\n')
  else stdout.write(textTable(['id', 'created', 'transfer', 'status', 'rows', 'rejected'], runs.map(runRow)))
}

function runRow({ id, createdAt, transfer, status, report, progress }: Run): string[] {
  const rows = number(report?.rowsWritten ?? progress.rows)
  return [id, createdAt, nameOf(transfer), status, rows, number(report?.rowsRejected ?? 0)]
}

function nameOf({ direction, source, target }: Run['transfer']): string {
  const name = (end: typeof source | typeof target) =>
    end.kind === 'file' ? end.path : end.kind === 'query' ? 'a query' : end.table
  return `${direction} ${name(source)} to ${name(target)}`
}

async function show(id: string, options: CommonOptions, context: Context): Promise<void> {
  await using opened = await context.open(options)
  const run = await opened.runs.get(id)
  if (!run) throw new AppError('RUN_NOT_FOUND', `There is no run ${id}.`)
  const { stdout } = context
  if (options.json) {
    stdout.write(`${JSON.stringify(run)}\n`)
    return
  }
  const { report, status, transfer, log } = run
  const lines = [
    `${oneLine(nameOf(transfer))}: ${status}${report ? ` after ${seconds(report.durationMs / 1000)}` : ''}.`,
    ...(report
      ? [
          `  read ${number(report.rowsRead)} = written ${number(report.rowsWritten)} + rejected ${number(report.rowsRejected)}`,
        ]
      : []),
    ...log.map(({ at, message }) => `  ${at}  ${oneLine(message)}`),
  ]
  stdout.write(`${lines.join('\n')}\n`)
}

async function rejects(id: string, options: RejectsOptions, context: Context): Promise<void> {
  await using opened = await context.open(options)
  const { rejects: kept } = opened.workspace
  const found = await kept.list(id, options.limit)
  await requireKnown(id, found.total, opened)
  if (options.to !== undefined) {
    await opened.workspace.checkTarget(options.to)
    await kept.copy(id, options.to)
  }
  const { stdout } = context
  if (options.json) stdout.write(`${JSON.stringify(found)}\n`)
  else if (found.total === 0) stdout.write('No rejects of this run are kept.\n')
  else {
    stdout.write(textTable(['line', 'column', 'reason', 'record'], found.rejects.map(rejectRow)))
    const left = found.total - found.rejects.length
    if (left > 0) stdout.write(`and ${number(left)} more\n`)
  }
}

/** A run of the command line is known by its rejects only. */
async function requireKnown(id: string, rejected: number, { runs }: Opened): Promise<void> {
  if (rejected > 0 || (await runs.get(id))) return
  throw new AppError('RUN_NOT_FOUND', `There is no run ${id}.`)
}

const rejectRow = ({ line, column, reason, raw }: Reject): string[] => [
  String(line),
  column ?? '',
  reason,
  raw,
]
