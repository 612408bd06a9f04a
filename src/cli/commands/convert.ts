import type { Command } from 'commander'
import type { ConvertTransfer } from '../../shared/index.ts'
import {
  addSourceDialect,
  addTargetDialect,
  fileEnd,
  targetBeside,
  type DialectOptions,
} from '../dialect-options.ts'
import { addCommon, addMoved, movedPart, type CommonOptions, type MovedOptions } from '../options.ts'
import type { Move } from '../transfer.ts'

interface Options extends CommonOptions, DialectOptions, MovedOptions {
  to: string
  types?: boolean
}

export function addConvert(program: Command, move: Move): void {
  const command = program
    .command('convert')
    .summary('file → file')
    .description('Rewrites flat files in another layout or compression. The text of every cell is kept.')
    .argument('<FILE>', 'a file, a pattern such as "2024-*.csv", or - for standard input')
    .requiredOption('--to <FILE>', 'the target; its extension names the layout and the compression')
    .option('--types', 'infer types, check every value, and write values as ClickHouse does')
  addCommon(addTargetDialect(addSourceDialect(addMoved(command)), 'to-'))
    .addHelpText(
      'after',
      `
Examples:
  flathouse convert sales.csv --to sales.tsv
  flathouse convert "2024-*.csv" --to 2024.csv.zst
  flathouse convert export.txt --delimiter ";" --to clean.csv --columns id,name
  flathouse convert people.csv --to excel.csv --to-delimiter ";" --to-encoding utf-16le`,
    )
    .action(async (path: string, options: Options) => {
      const document: ConvertTransfer = {
        direction: 'convert',
        source: fileEnd(path, options),
        target: targetBeside(options.to, options),
        types: options.types ?? false,
        ...movedPart(options),
      }
      await move(document, options)
    })
}
