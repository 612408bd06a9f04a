import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Parrot extends AsyncDisposable {
  port: number
}

/**
 * Repeats in its errors whatever it is told, as a badly made gateway or identity provider does: as a ClickHouse, and
 * as a provider of tokens.
 */
export async function startParrot(): Promise<Parrot> {
  const server = createServer((request, answer) => {
    const own = `http://127.0.0.1:${port}`
    if (request.url?.includes('/.well-known/')) {
      const found = { issuer: own, token_endpoint: `${own}/token`, jwks_uri: `${own}/jwks` }
      answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found))
      return
    }
    void toldBy(request).then((told) => {
      if (request.url === '/token') {
        const body = JSON.stringify({ error: 'invalid_client', error_description: told.replaceAll('"', "'") })
        answer.writeHead(400, { 'content-type': 'application/json' }).end(body)
      } else {
        answer
          .writeHead(500, { 'x-clickhouse-exception-code': '62' })
          .end(`Code: 62. DB::Exception: Syntax error: ${told}. (SYNTAX_ERROR) (version 25.1)`)
      }
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function toldBy(request: IncomingMessage): Promise<string> {
  const { authorization = '' } = request.headers
  const [, basic = ''] = /^Basic (\S+)$/.exec(authorization) ?? []
  const credentials = Buffer.from(basic, 'base64').toString('utf8')
  return `${credentials} ${authorization} ${request.url} ${await text(request)}`
}
