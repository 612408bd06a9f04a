import { Option, type Command } from 'commander'
import {
  engines,
  writeModes,
  type Engine,
  type ImportTransfer,
  type TypeChoice,
  type WriteMode,
} from '../../shared/index.ts'
import type { Context } from '../context.ts'
import {
  addCommon,
  addConnection,
  addMoved,
  addSourceDialect,
  dialectChoice,
  movedPart,
  serverChoice,
  type CommonOptions,
  type ConnectionOptions,
  type DialectOptions,
  type MovedOptions,
} from '../options.ts'
import { transfer } from '../transfer.ts'
import { nameList, tableArgument, typeChoices, type TableArgument } from '../values.ts'

interface Options extends CommonOptions, ConnectionOptions, DialectOptions, MovedOptions {
  table: TableArgument
  mode?: WriteMode
  types?: TypeChoice[]
  engine?: Engine
  orderBy?: string[]
}

export function addImport(program: Command, context: Context): void {
  const command = program
    .command('import')
    .summary('file → ClickHouse')
    .description(
      'Moves one or more flat files into a ClickHouse table, which is created when it is not there.',
    )
    .argument('<FILE>', 'a file, a pattern such as "2024-*.csv", or - for standard input')
    .requiredOption('--table <[DB.]TABLE>', 'the target table', tableArgument)
    .addOption(
      new Option('--mode <MODE>', 'left out: append when the table is there, create when not').choices(
        writeModes,
      ),
    )
    .optionsGroup('A table that is created:')
    .option('--types <PAIRS>', 'column=Type,… (left out: found by reading the file)', typeChoices)
    .addOption(new Option('--engine <NAME>', 'default: MergeTree').choices(engines))
    .option('--order-by <NAMES>', 'the sorting key', nameList)
  addCommon(addSourceDialect(addConnection(addMoved(command))))
    .addHelpText(
      'after',
      `
Examples:
  flathouse import airports.csv --table airports
  flathouse import "2024-*.csv.gz" --table shop.sales --order-by day,shop
  flathouse import sales.csv --table shop.sales --map "Sale Date=day" --url https://me@host:8443/shop
  zcat big.csv.gz | flathouse import - --table big --mode replace --null NA`,
    )
    .action(async (path: string, options: Options) => {
      const document: ImportTransfer = {
        direction: 'import',
        source: {
          kind: 'file',
          path,
          dialect: dialectChoice(options),
          encoding: options.encoding ?? 'utf-8',
        },
        target: { kind: 'table', server: serverChoice(options), ...options.table },
        ...(options.mode && { mode: options.mode }),
        ...(options.types && { types: options.types }),
        ...(options.engine && { engine: options.engine }),
        orderBy: options.orderBy ?? [],
        ...movedPart(options),
      }
      await transfer(document, options, context)
    })
}
