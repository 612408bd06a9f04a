import type { Readable } from 'node:stream'
import type { ExecResult } from '@clickhouse/client'
import type { AppError } from '../shared/index.ts'
import { errorText } from './exception.ts'
import { authFailed, type Party, plain, ServerRefusal } from './errors.ts'

/** Of X-ClickHouse-Summary. Counts of rows fit into a number. */
export interface Summary {
  readRows: number
  writtenRows: number
}

type Answered = ExecResult<Readable>

export function summaryOf({ summary }: Answered): Summary {
  return { readRows: Number(summary?.read_rows ?? 0), writtenRows: Number(summary?.written_rows ?? 0) }
}

/** What is wrong with an answer: a refusal by the server, or by somebody who is not a ClickHouse; or nothing. */
export async function refusalOf(
  answer: Answered,
  party: Party,
): Promise<ServerRefusal | AppError | undefined> {
  const headers = answer.response_headers
  const status = answer.http_status_code ?? 0
  const number = headers['x-clickhouse-exception-code']
  if (number !== undefined) return new ServerRefusal(Number(number), errorText(await readAll(answer.stream)))
  if (status === 200 && Object.keys(headers).some((name) => name.startsWith('x-clickhouse-')))
    return undefined
  answer.stream.destroy()
  return notFromClickHouse(status, party)
}

function notFromClickHouse(status: number, party: Party): AppError {
  const detail = `HTTP status ${status}`
  if (status === 401 || status === 403) return authFailed(party, detail)
  if (status >= 502 && status <= 504)
    return plain(
      'CONNECTION_LOST',
      party,
      `Something between here and ${party.label} cannot reach it.`,
      detail,
    )
  return plain('NOT_CLICKHOUSE', party, `What answers at ${party.label} is not ClickHouse.`, detail)
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
