import { checkFile, runTransfer, viewPlan, type Surroundings } from '../runs/index.ts'
import {
  AppError,
  type ErrorBody,
  type Progress,
  type Report,
  type Transfer,
  unheeded,
} from '../shared/index.ts'
import { describeCheck } from './check-report.ts'
import type { Context } from './context.ts'
import type { RejectOptions } from './import-options.ts'
import type { CommonOptions, MovedOptions } from './options.ts'
import { showProgress } from './progress.ts'
import { readAgain } from './read-again.ts'
import { recoverBefore } from './recovered.ts'
import { describePlan, describeReport, rejectLines, stayLines } from './report.ts'
import { Reported } from './reported.ts'

type MoveOptions = CommonOptions & Pick<MovedOptions, 'dryRun'> & Pick<RejectOptions, 'rejects'>

/** What a command does with the transfer that it was asked for. */
export type Move = (document: Transfer, options: MoveOptions) => Promise<void>

/** Runs a transfer, or with --dry-run shows what would happen. */
export async function transfer(document: Transfer, options: MoveOptions, context: Context): Promise<void> {
  requireHeeded(document)
  await using surroundings = await context.open(options)
  const { signal, stdout, stderr } = context
  if (options.dryRun) {
    await dryRun(document, options, context, surroundings)
    return
  }
  // Whether they can be put there is better known before an hour of work.
  if (options.rejects !== undefined) await surroundings.workspace.checkTarget(options.rejects)
  await recoverBefore(document, surroundings, context)
  const display = showProgress(stderr)
  const report = await runTransfer(document, surroundings, { signal, onEvent: display.onEvent })
  display.end()
  if (options.rejects !== undefined && report.rejectsFile !== null) {
    await surroundings.workspace.rejects.copy(report.runId, options.rejects)
    report.rejectsFile = options.rejects
  }
  if (options.json) stdout.write(`${JSON.stringify(report)}\n`)
  if (report.error) throw failed(report, report.error, options, context)
  if (options.json) return
  const again = await readAgain(document, report, surroundings, signal)
  stdout.write(describeReport(document, report, { copied: options.rejects, again }))
}

/** @throws {AppError} USAGE when a part of it would be ignored */
function requireHeeded(document: Transfer): void {
  const [first] = unheeded(document)
  if (first) throw new AppError('USAGE', `${first.path.join('.')}: ${first.message}.`)
}

/** The plan, and of an import what the whole file would come to. */
async function dryRun(
  document: Transfer,
  { json }: CommonOptions,
  { signal, stdout, stderr }: Context,
  surroundings: Surroundings,
): Promise<void> {
  const plan = await viewPlan(document, surroundings, signal)
  if (document.direction !== 'import') {
    stdout.write(json ? `${JSON.stringify(plan)}\n` : describePlan(plan))
    return
  }
  const display = showProgress(stderr)
  const onProgress = (progress: Progress) => display.onEvent({ type: 'progress', progress })
  const check = await checkFile(document, surroundings, { signal, onProgress }).finally(() => display.end())
  stdout.write(
    json
      ? `${JSON.stringify({ ...plan, check })}\n`
      : `${describePlan(plan)}${describeCheck(check, document)}`,
  )
}

function failed(
  report: Report,
  { code, message, hint }: ErrorBody,
  { json, rejects }: MoveOptions,
  { stderr }: Context,
): Reported {
  if (!json)
    stderr.write([message, ...stayLines(report), hint, ...rejectLines(report, rejects), ''].join('\n'))
  return new Reported(new AppError(code, message).exitCode)
}
