import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface NameServer extends AsyncDisposable {
  address: string
  /** While false it answers that it cannot tell (SERVFAIL). */
  knows: boolean
  /** Questions so far. */
  asked: number
}

const typeA = 1
const failed = 2

/**
 * A name server for which every name is 127.0.0.1. Programs ask port 53 only, which only root may take.
 *
 * @throws {Error} EACCES and others of binding
 */
export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket('udp4')
  const server: NameServer = {
    address: '127.0.0.53',
    knows: false,
    asked: 0,
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
  socket.on('message', (question, { port, address }) => {
    server.asked++
    socket.send(answerTo(question, server.knows), port, address)
  })
  socket.bind(53, server.address)
  await once(socket, 'listening')
  return server
}

/** As of RFC 1035: the question as it came, and for type A an address whose name points back at it. */
function answerTo(question: Buffer, knows: boolean): Buffer {
  const end = question.indexOf(0, 12) + 5
  const type = question.readUInt16BE(end - 4)
  const hasAddress = knows && type === typeA
  const head = Buffer.from(question.subarray(0, end))
  head.writeUInt16BE(0x8180 | (knows ? 0 : failed), 2)
  head.writeUInt16BE(hasAddress ? 1 : 0, 6)
  head.fill(0, 8, 12)
  const record = Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1])
  return hasAddress ? Buffer.concat([head, record]) : head
}
