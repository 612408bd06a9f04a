import { runTransfer, viewPlan } from '../runs/index.ts'
import { AppError, type ErrorBody, type Transfer } from '../shared/index.ts'
import type { Context } from './context.ts'
import type { CommonOptions, MovedOptions } from './options.ts'
import { showProgress } from './progress.ts'
import { describePlan, describeReport } from './report.ts'
import { Reported } from './reported.ts'

/** Runs a transfer, or with --dry-run shows what would happen. */
export async function transfer(
  document: Transfer,
  options: CommonOptions & Pick<MovedOptions, 'dryRun'>,
  context: Context,
): Promise<void> {
  await using surroundings = await context.open(options)
  const { signal, stdout, stderr } = context
  if (options.dryRun) {
    const plan = await viewPlan(document, surroundings, signal)
    stdout.write(options.json ? `${JSON.stringify(plan)}\n` : describePlan(plan))
    return
  }
  const display = showProgress(stderr)
  const report = await runTransfer(document, surroundings, { signal, onEvent: display.onEvent })
  display.end()
  if (options.json) stdout.write(`${JSON.stringify(report)}\n`)
  if (report.error) throw failed(report.error, options, context)
  if (!options.json) stdout.write(describeReport(document, report))
}

function failed(error: ErrorBody, { json }: CommonOptions, { stderr }: Context): Reported {
  const { code, message, hint } = error
  if (!json) stderr.write(`${message}\n${hint}\n`)
  return new Reported(new AppError(code, message).exitCode)
}
