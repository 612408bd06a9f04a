import type { Command } from 'commander'
import { AppError } from '../../shared/index.ts'
import { commandLine } from '../audit-entry.ts'
import type { Context } from '../context.ts'
import { addCommon, type CommonOptions } from '../options.ts'
import { positiveNumber } from '../values.ts'
import { textTable } from '../text-table.ts'

export function addLogin(program: Command, context: Context): void {
  addCommon(
    program
      .command('login')
      .summary('a link into the web application')
      .description(
        'Prints a link that logs in once, within ten minutes, to the Flathouse that serves the data folder.',
      ),
  ).action(async (options: CommonOptions) => {
    await using local = await context.access(options)
    const { access } = local
    const { servedAt } = local
    if (servedAt === undefined)
      throw new AppError(
        'USAGE',
        'Nothing serves this data folder: start it with "flathouse serve" or "npm start".',
      )
    const loginUrl = `${servedAt}/login#code=${await access.createCode()}`
    await access.audit.add(commandLine('login.link', null))
    context.stdout.write(options.json ? `${JSON.stringify({ loginUrl })}\n` : `${loginUrl}\n`)
  })
}

interface AuditOptions extends CommonOptions {
  limit: number
}

export function addAudit(program: Command, context: Context): void {
  addCommon(
    program
      .command('audit')
      .summary('who did what')
      .description('Lists who did what, the newest first.')
      .option('--limit <N>', 'how many entries, at most 200', positiveNumber, 50),
  ).action(async (options: AuditOptions) => {
    await using local = await context.access(options)
    const { access } = local
    const { entries } = await access.audit.list({ limit: Math.min(options.limit, 200) })
    const rows = entries.map(({ at, user, way, action, subject, outcome, address }) => [
      at,
      user ?? '–',
      way ?? '–',
      action,
      subject ?? '–',
      outcome,
      address ?? '–',
    ])
    context.stdout.write(
      options.json
        ? `${JSON.stringify({ entries })}\n`
        : textTable(['at', 'who', 'by', 'action', 'what', 'outcome', 'from'], rows),
    )
  })
}
