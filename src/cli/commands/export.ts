import type { Command } from 'commander'
import { AppError, type ExportTransfer, type Sort } from '../../shared/index.ts'
import type { Context } from '../context.ts'
import {
  addCommon,
  addConnection,
  addMoved,
  addTargetDialect,
  dialectChoice,
  movedPart,
  serverChoice,
  type CommonOptions,
  type ConnectionOptions,
  type DialectOptions,
  type MovedOptions,
} from '../options.ts'
import { transfer } from '../transfer.ts'
import { positiveNumber, sortKeys, tableArgument, type TableArgument } from '../values.ts'

interface Options extends CommonOptions, ConnectionOptions, DialectOptions, MovedOptions {
  to: string
  query?: string
  where?: string
  sort?: Sort
  limit?: number
}

export function addExport(program: Command, context: Context): void {
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
  addCommon(addTargetDialect(addConnection(addMoved(command))))
    .addHelpText(
      'after',
      `
Examples:
  flathouse export airports --to airports.csv
  flathouse export shop.sales --to sales.tsv.gz --columns day,total --where "total > 100"
  flathouse export --query "SELECT day, sum(total) AS total FROM sales GROUP BY day" --to days.csv
  flathouse export shop.sales --to sales.csv --url https://me@host:8443/shop`,
    )
    .action(async (table: TableArgument | undefined, options: Options) => {
      const document: ExportTransfer = {
        direction: 'export',
        source: sourceOf(table, options),
        target: { kind: 'file', path: options.to, dialect: dialectChoice(options), encoding: 'utf-8' },
        ...(options.where !== undefined && { where: options.where }),
        ...(options.sort && { sort: options.sort }),
        ...(options.limit !== undefined && { limit: options.limit }),
        ...movedPart(options),
      }
      await transfer(document, options, context)
    })
}

function sourceOf(table: TableArgument | undefined, options: Options): ExportTransfer['source'] {
  const server = serverChoice(options)
  if (table && options.query === undefined) return { kind: 'table', server, ...table }
  if (!table && options.query !== undefined) return { kind: 'query', server, sql: options.query }
  throw new AppError('USAGE', 'Name a table or give a --query, one of the two.')
}
