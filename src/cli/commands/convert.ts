import { Option, type Command } from 'commander'
import type { ConvertTransfer } from '../../shared/index.ts'
import type { Context } from '../context.ts'
import {
  addCommon,
  addMoved,
  addSourceDialect,
  dialectChoice,
  formatNames,
  movedPart,
  type CommonOptions,
  type DialectOptions,
  type FormatName,
  type MovedOptions,
} from '../options.ts'
import { transfer } from '../transfer.ts'
import { delimiter } from '../values.ts'

interface Options extends CommonOptions, DialectOptions, MovedOptions {
  to: string
  toFormat?: FormatName
  toDelimiter?: string
  types?: boolean
}

export function addConvert(program: Command, context: Context): void {
  const command = program
    .command('convert')
    .summary('file → file')
    .description('Rewrites flat files in another layout or compression. The text of every cell is kept.')
    .argument('<FILE>', 'a file, a pattern such as "2024-*.csv", or - for standard input')
    .requiredOption('--to <FILE>', 'the target; its extension names the layout and the compression')
    .addOption(new Option('--to-format <NAME>', 'the target’s format').choices(formatNames))
    .option('--to-delimiter <CHAR>', 'what separates the target’s fields', delimiter)
    .option('--types', 'infer types, check every value, and write values as ClickHouse does')
  addCommon(addSourceDialect(addMoved(command)))
    .addHelpText(
      'after',
      `
Examples:
  flathouse convert sales.csv --to sales.tsv
  flathouse convert "2024-*.csv" --to 2024.csv.zst
  flathouse convert export.txt --delimiter ";" --to clean.csv --columns id,name`,
    )
    .action(async (path: string, options: Options) => {
      const document: ConvertTransfer = {
        direction: 'convert',
        source: {
          kind: 'file',
          path,
          dialect: dialectChoice(options),
          encoding: options.encoding ?? 'utf-8',
        },
        target: {
          kind: 'file',
          path: options.to,
          dialect: dialectChoice({
            ...(options.toFormat && { format: options.toFormat }),
            ...(options.toDelimiter !== undefined && { delimiter: options.toDelimiter }),
          }),
          encoding: 'utf-8',
        },
        types: options.types ?? false,
        ...movedPart(options),
      }
      await transfer(document, options, context)
    })
}
