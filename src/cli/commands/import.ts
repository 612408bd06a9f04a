import type { Command } from 'commander'
import {
  engines,
  writeModes,
  type Engine,
  type ImportTransfer,
  type Partition,
  type TypeChoice,
  type WriteMode,
} from '../../shared/index.ts'
import { addSourceDialect, fileEnd, type DialectOptions } from '../dialect-options.ts'
import { oneOf, partition } from '../file-values.ts'
import {
  addReadings,
  addRejects,
  errorPolicy,
  readings,
  type ReadingOptions,
  type RejectOptions,
} from '../import-options.ts'
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
import { nameList, tableArgument, typeChoices, type TableArgument } from '../values.ts'

interface Options
  extends CommonOptions, ConnectionOptions, DialectOptions, MovedOptions, ReadingOptions, RejectOptions {
  table: TableArgument
  mode?: WriteMode
  types?: TypeChoice[]
  engine?: Engine
  orderBy?: string[]
  partitionBy?: Partition
}

export function addImport(program: Command, move: Move): void {
  const command = program
    .command('import')
    .summary('file → ClickHouse')
    .description(
      'Moves one or more flat files into a ClickHouse table, which is created when it is not there.',
    )
    .argument('<FILE>', 'a file, a pattern such as "2024-*.csv", or - for standard input')
    .requiredOption('--table <[DB.]TABLE>', 'the target table', tableArgument)
    .option(
      '--mode <MODE>',
      `${writeModes.join(', ')} (left out: append when the table is there, create when not)`,
      oneOf(writeModes),
    )
    .optionsGroup('A table that is created:')
    .option('--types <PAIRS>', 'column=Type,… (left out: found by reading the file)', typeChoices)
    .option('--engine <NAME>', `${engines.join(', ')} (default: MergeTree)`, oneOf(engines))
    .option('--order-by <NAMES>', 'the sorting key', nameList)
    .option('--partition-by <COLUMN[:month]>', 'by each value, or by its month, day or year', partition)
  const withWhat = addRejects(addReadings(addMoved(command)))
  addCommon(addConnection(addSourceDialect(withWhat)))
    .addHelpText(
      'after',
      `
Examples:
  flathouse import airports.csv --table airports
  flathouse import "2024-*.csv.gz" --table shop.sales --order-by day,shop
  flathouse import sales.csv --table shop.sales --map "Sale Date=day" --url https://me@host:8443/shop
  zcat big.csv.gz | flathouse import - --table big --mode replace --null NA
  flathouse import people.csv --table people --layout "born=DD/MM/YYYY" --misfit age=null --dry-run
  flathouse import people.csv --table people --rejects bad.csv --max-reject-share 1%`,
    )
    .action(async (path: string, options: Options) => {
      const document: ImportTransfer = {
        direction: 'import',
        source: fileEnd(path, options),
        target: { kind: 'table', server: serverChoice(options), ...options.table },
        ...(options.mode && { mode: options.mode }),
        ...(options.types && { types: options.types }),
        ...(options.engine && { engine: options.engine }),
        orderBy: options.orderBy ?? [],
        ...(options.partitionBy && { partitionBy: options.partitionBy }),
        ...readings(options),
        ...errorPolicy(options),
        ...movedPart(options),
      }
      await move(document, options)
    })
}
