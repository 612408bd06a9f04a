import type { Command } from 'commander'
import { inspectFile, preview, previewText, type Surroundings } from '../../runs/index.ts'
import { AppError, type Preview } from '../../shared/index.ts'
import type { Context } from '../context.ts'
import { addSourceDialect, fileEnd, type DialectOptions } from '../dialect-options.ts'
import {
  addCommon,
  addConnection,
  serverChoice,
  type CommonOptions,
  type ConnectionOptions,
} from '../options.ts'
import { showProgress } from '../progress.ts'
import { describeInspection } from '../inspection-report.ts'
import { describePreview } from '../report.ts'
import { tableArgument, wholeNumber } from '../values.ts'

export function addInspect(program: Command, context: Context): void {
  const command = program
    .command('inspect')
    .summary('what a file holds')
    .description(
      'Finds out the layout of a file and reads all of it for the type and the range of every column.',
    )
    .argument('<FILE>', 'a file, a pattern, or - for standard input')
  addCommon(addSourceDialect(command))
    .addHelpText(
      'after',
      `
Examples:
  flathouse inspect airports.csv
  flathouse inspect export.txt --delimiter ";" --json`,
    )
    .action(async (path: string, options: CommonOptions & DialectOptions) => {
      await using surroundings = await context.open(options)
      const display = showProgress(context.stderr)
      const found = await inspectFile(fileEnd(path, options), surroundings, {
        signal: context.signal,
        onProgress: (progress) => display.onEvent({ type: 'progress', progress }),
      }).finally(() => display.end())
      context.stdout.write(
        options.json ? `${JSON.stringify(found)}\n` : describeInspection(path, found, context.stdout),
      )
    })
}

interface PreviewOptions extends CommonOptions, ConnectionOptions, DialectOptions {
  limit: number
}

export function addPreview(program: Command, context: Context): void {
  const command = program
    .command('preview')
    .summary('the first rows of a file or a table')
    .description('Shows the first rows of a file or, when there is no such file, of a table.')
    .argument('<SOURCE>', 'a file or a table')
    .option('--limit <N>', 'how many rows', wholeNumber, 100)
  addCommon(addSourceDialect(addConnection(command)))
    .addHelpText(
      'after',
      `
Examples:
  flathouse preview airports.csv --limit 5
  flathouse preview shop.sales --url https://me@host:8443/shop`,
    )
    .action(async (source: string, options: PreviewOptions) => {
      await using surroundings = await context.open(options)
      const found = await previewAny(source, options, surroundings, context.signal)
      context.stdout.write(
        options.json ? `${JSON.stringify(found)}\n` : describePreview(found, context.stdout),
      )
    })
}

async function previewAny(
  source: string,
  options: PreviewOptions,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  try {
    return await previewText(fileEnd(source, options), options.limit, surroundings, signal)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'FILE_NOT_FOUND' || source.includes('/')) throw error
    const end = { kind: 'table', server: serverChoice(options), ...tableArgument(source) } as const
    return await preview({ source: end, records: options.limit }, surroundings, signal).catch(
      (second: unknown) => {
        if (!(second instanceof AppError) || second.code !== 'TABLE_NOT_FOUND') throw second
        throw new AppError(
          'FILE_NOT_FOUND',
          `There is neither a file nor a table called ${JSON.stringify(source)}.`,
          {
            place: { file: source },
          },
        )
      },
    )
  }
}
