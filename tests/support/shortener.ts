import { createServer, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Where a long answer is cut. */
export type CutAt = 'a byte' | 'the end of a frame' | 'the end of a block'

export interface Shortener extends AsyncDisposable {
  port: number
  /** Answers that were cut. */
  shortened: number
}

/**
 * Cuts the answers of a server that are longer than so many bytes, and ends them in good form, as a proxy may that was
 * cut off itself.
 */
export async function startShortener(
  { host, port }: { host: string; port: number },
  longest: number,
  at: CutAt,
): Promise<Shortener> {
  const pass = async ({ url = '', method, headers: given, ...incoming }: Asked): Promise<Given> => {
    const body = await incoming.body
    const ask = async (path: string, sent: Buffer): Promise<Given> => {
      const headers = { ...given, 'content-length': String(sent.length) }
      delete headers['transfer-encoding']
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      request({ host, port, path, method, headers, agent: false }, resolve).on('error', reject).end(sent)
      const answer = await promise
      return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) }
    }
    const whole = await ask(url, body)
    if (whole.body.length <= longest) return whole
    shortener.shortened++
    if (at === 'a byte') return { ...whole, body: whole.body.subarray(0, longest) }
    if (at === 'the end of a frame')
      return { ...whole, body: whole.body.subarray(0, frames(whole.body, longest)) }
    // Blocks are cut into frames anywhere: that the first of them are all there is needs another answer.
    const some = body.toString().replace(/\nFORMAT Native$/, ' LIMIT 1000\nFORMAT Native')
    const other = url.replace(/query_id=[^&]*/, 'query_id=shortened')
    return { ...whole, body: (await ask(other, Buffer.from(some))).body }
  }
  const listener = createServer((incoming, outgoing) => {
    const { url, method, headers } = incoming
    pass({ url, method, headers, body: buffer(incoming) }).then(
      ({ status, headers: answered, body }) => {
        delete answered['content-length']
        outgoing.writeHead(status, answered).end(body)
      },
      () => outgoing.destroy(),
    )
  })
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready))
  const shortener = {
    port: (listener.address() as AddressInfo).port,
    shortened: 0,
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections()
      await new Promise((closed) => listener.close(closed))
    },
  }
  return shortener
}

interface Asked {
  url: string | undefined
  method: string | undefined
  headers: IncomingHttpHeaders
  body: Promise<Buffer>
}

interface Given {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The end of the last whole one. A frame: 16 bytes of checksum, one of method, four of the size of all but the checksum. */
function frames(body: Buffer, most: number): number {
  let end = 0
  for (let next = 0; next <= most && next + 25 <= body.length;) {
    end = next
    next += 16 + body.readUInt32LE(next + 17)
  }
  return end
}
