import { randomUUID } from 'node:crypto'
import type { Server } from '../clickhouse/index.ts'
import {
  candidatesFor,
  profileQuery,
  profileSettings,
  readProfile,
  type ColumnProfile,
  type ProfileRow,
} from '../core/schema/index.ts'
import { checkedReader, textReader } from '../core/transfer/index.ts'
import type { Workspace } from '../files/index.ts'
import type { Preparation } from './prepared.ts'
import { watch } from './watch.ts'
import { explainFault } from './locate.ts'
import type { OpenSource } from './source-file.ts'

/**
 * What every column of the whole file holds, and the narrowest type that takes all of it.
 *
 * @throws {AppError} RECORD_MALFORMED when a record has another number of fields
 */
export async function profileFile(
  source: OpenSource,
  embedded: Server,
  workspace: Workspace,
  timezone: string,
  { signal, onProgress }: Pick<Preparation, 'signal' | 'onProgress'>,
): Promise<ColumnProfile[]> {
  const { facts, sniffed } = source
  const { table, settings, names } = textReader(facts)
  const { nullTokens } = facts.dialect
  const columns = facts.names.map((name, index) => ({
    name,
    field: names[index] ?? '',
    candidates: candidatesFor(
      sniffed.sample.map((record) => record[index] ?? ''),
      nullTokens,
    ),
  }))
  const options = { timezone, utf8: facts.utf8, nullTokens, quoted: facts.dialect.quote !== null }
  const queryId = randomUUID()
  const totalBytes = facts.compression === 'none' ? source.bytes : null
  const poll = watch(embedded, queryId, { totalRows: null, totalBytes }, onProgress)
  try {
    const [row] = await embedded.rows<ProfileRow>(profileQuery(table, columns, options), {
      settings: { ...settings, ...profileSettings },
      signal,
      queryId,
    })
    return readProfile(row ?? {}, columns)
  } catch (error) {
    throw await explainFault(error, { embedded, workspace, source, signal }, (at) =>
      checkedReader(at, [], timezone),
    )
  } finally {
    await poll.stop()
  }
}
