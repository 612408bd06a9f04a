import type { IncomingMessage } from 'node:http'
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

/** A body that ends with the reason for which its socket broke, where Node only says that it did. */
export function bodyOf({ stream }: Answered): Readable {
  const { socket } = stream as Readable & Pick<IncomingMessage, 'socket'>
  const fail = (reason: Error) => stream.destroy(reason)
  socket.once('error', fail)
  return stream.once('close', () => socket.off('error', fail))
}

export function summaryOf({ summary }: Answered): Summary {
  return { readRows: Number(summary?.read_rows ?? 0), writtenRows: Number(summary?.written_rows ?? 0) }
}

export const hasMarkedEnd = ({ response_headers: headers }: Answered): boolean =>
  headers['transfer-encoding'] === 'chunked' || headers['content-length'] !== undefined

/** What is wrong with an answer: a refusal by the server, or by somebody who is not a ClickHouse; or nothing. */
export async function refusalOf(
  answer: Answered,
  party: Party,
): Promise<ServerRefusal | AppError | undefined> {
  const headers = answer.response_headers
  const status = answer.http_status_code ?? 0
  const number = headers['x-clickhouse-exception-code']
  if (number !== undefined)
    return new ServerRefusal(Number(number), errorText(await readStart(answer.stream)))
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
      `A proxy before ${party.label} answers with HTTP status ${status}: it does not get through to ClickHouse.`,
      detail,
    )
  return plain('NOT_CLICKHOUSE', party, `What answers at ${party.label} is not ClickHouse.`, detail)
}

/** An error may quote a record of any size. */
const longestError = 1_048_576

async function readStart(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    // Leaving the loop destroys the stream.
    if (length > longestError) break
  }
  return Buffer.concat(chunks)
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
