import type { Command } from 'commander'
import { AppError, type ExportTransfer, type Sort } from '../../shared/index.ts'
import { addTargetDialect, targetEnd, type DialectOptions } from '../dialect-options.ts'
import {
  addCommon,
  addConnection,
  addMoved,
  movedPart,
  serverChoice,
  type CommonOptions,
  type ConnectionOptions,
  type MovedOptions,
} from '../options.ts'
import type { Move } from '../transfer.ts'
import { byteSize, positiveNumber, sortKeys, tableArgument, type TableArgument } from '../values.ts'

interface Options extends CommonOptions, ConnectionOptions, DialectOptions, MovedOptions {
  to: string
  query?: string
  where?: string
  sort?: Sort
  limit?: number
  splitRows?: number
  splitSize?: number
}

export function addExport(program: Command, move: Move): void {
  const command = program
    .command('export')
    .summary('ClickHouse → file')
    .description(
      'Moves a table, or what a query gives, into a flat file. The file appears when it is complete.',
    )
    .argument('[[DB.]TABLE]', 'the source table (or --query)', tableArgument)
    .requiredOption('--to <FILE>', 'the target; .gz, .zst, .xz or .lz4 at its end compresses it')
    .option('--query <SQL>', 'a SELECT instead of a table')
    .option('--where <SQL>', 'a condition on the rows')
    .option('--sort <NAMES>', 'the order of the rows: a,-b is by a, then by b from high to low', sortKeys)
    .option('--limit <N>', 'how many rows at most', positiveNumber)
    .option('--split-rows <N>', 'begin a new file after so many rows: sales-00001.csv, …', positiveNumber)
    .option('--split-size <SIZE>', 'begin a new file after about so much text, such as 1GB', byteSize)
  addCommon(addTargetDialect(addConnection(addMoved(command))))
    .addHelpText(
      'after',
      `
Examples:
  flathouse export airports --to airports.csv
  flathouse export shop.sales --to sales.tsv.gz --columns day,total --where "total > 100"
  flathouse export shop.sales --to sales.csv.zst --split-size 1GB
  flathouse export --query "SELECT day, sum(total) AS total FROM sales GROUP BY day" --to days.csv
  flathouse export shop.sales --to sales.csv --url https://me@host:8443/shop`,
    )
    .action(async (table: TableArgument | undefined, options: Options) => {
      const document: ExportTransfer = {
        direction: 'export',
        source: sourceOf(table, options),
        target: targetEnd(options.to, options),
        ...(options.where !== undefined && { where: options.where }),
        ...(options.sort && { sort: options.sort }),
        ...(options.limit !== undefined && { limit: options.limit }),
        ...splitPart(options),
        ...movedPart(options),
      }
      await move(document, options)
    })
}

function splitPart({ splitRows, splitSize }: Options): Pick<ExportTransfer, 'split'> {
  if (splitRows === undefined && splitSize === undefined) return {}
  return {
    split: {
      ...(splitRows !== undefined && { rows: splitRows }),
      ...(splitSize !== undefined && { bytes: splitSize }),
    },
  }
}

function sourceOf(table: TableArgument | undefined, options: Options): ExportTransfer['source'] {
  const server = serverChoice(options)
  if (table && options.query === undefined) return { kind: 'table', server, ...table }
  if (!table && options.query !== undefined) return { kind: 'query', server, sql: options.query }
  throw new AppError('USAGE', 'Name a table or give a --query, one of the two.')
}
