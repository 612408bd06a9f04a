import { Command, CommanderError } from 'commander'
import { toAppError } from '../shared/index.ts'
import { addAudit, addLogin } from './commands/login.ts'
import { addConnections } from './commands/connections.ts'
import { addConvert } from './commands/convert.ts'
import { addExport } from './commands/export.ts'
import { addImport } from './commands/import.ts'
import { addInspect, addPreview } from './commands/look.ts'
import { addRun } from './commands/run.ts'
import { addRuns } from './commands/runs.ts'
import { addSecrets } from './commands/secrets.ts'
import { addServe } from './commands/serve.ts'
import { addTokens } from './commands/tokens.ts'
import { addUsers } from './commands/users.ts'
import type { Context } from './context.ts'
import { Reported } from './reported.ts'
import { transfer, type Move } from './transfer.ts'

const usageError = 2

/** Runs one command line. What went wrong has been printed when it returns the exit code (DESIGN §7). */
export async function runCli(argv: string[], version: string, context: Context): Promise<number> {
  const program = build(version, context)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof Reported) return error.exitCode
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageError
    const known = toAppError(error)
    if (argv.includes('--json')) context.stdout.write(`${JSON.stringify({ error: known.toBody() })}\n`)
    else context.stderr.write(`${known.message}\n${known.hint}\n`)
    return context.signal.aborted ? 130 : known.exitCode
  }
}

function build(version: string, context: Context): Command {
  const program = new Command('flathouse')
    .description('Moves data both ways between ClickHouse and flat files.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for what is accepted)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .addHelpText(
      'after',
      `
Examples:
  flathouse inspect airports.csv
  flathouse import airports.csv --table airports
  flathouse export airports --to airports.tsv.gz`,
    )
  const move: Move = (document, options) => transfer(document, options, context)
  addInspect(program, context)
  addPreview(program, context)
  addImport(program, move)
  addExport(program, move)
  addConvert(program, move)
  addRun(program, move)
  addRuns(program, context)
  addConnections(program, context)
  addSecrets(program, context)
  addServe(program, context)
  addLogin(program, context)
  addUsers(program, context)
  addTokens(program, context)
  addAudit(program, context)
  return program
}
