import { request } from 'node:http'

interface Credentials {
  url: string
  username: string
  password: string
}

interface Answer {
  status: number
  body: string
}

/** One small request on a connection of its own: an idle keep-alive connection would hold up the server's shutdown. */
function send(url: string, sql?: string, credentials?: Credentials): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: sql === undefined ? 'GET' : 'POST',
        agent: false,
        timeout: 2000,
        ...(credentials && { auth: `${credentials.username}:${credentials.password}` }),
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url} within 2 s`)))
    sent.on('error', reject)
    sent.end(sql)
  })
}

export async function ping(url: string): Promise<boolean> {
  try {
    const answer = await send(`${url}/ping`)
    return answer.status === 200 && answer.body.startsWith('Ok')
  } catch {
    return false
  }
}

/** Whether the server still reads its life-line; one that has seen the end of it is shutting down. */
export async function readsLifeline(server: Credentials): Promise<boolean> {
  // The server's own session shows as the user ''.
  const sql = `SELECT count() FROM system.processes WHERE user = '' AND startsWith(query, 'SELECT count() FROM file(''-''')`
  try {
    const answer = await send(server.url, sql, server)
    return answer.status === 200 && answer.body.trim() === '1'
  } catch {
    return false
  }
}
