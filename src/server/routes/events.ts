import websocket, { type WebSocket } from '@fastify/websocket'
import { AppError, followSchema, type Follow } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { EventFeed } from '../event-feed.ts'
import { whoAsks } from '../gate.ts'
import { eventsPath } from '../listener.ts'
import { problemAnswer } from '../problems.ts'

const maxMessageBytes = 16_384
const goodbyeMs = 500
/** Of one user: each tab of a browser has one. */
const mostOpen = 100

/** A WebSocket on which a client says which runs it follows, and is told of them: see `shared/api/events.ts`. */
export async function addEvents(app: App, { queue, watches }: Services): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: maxMessageBytes },
    // A connection that breaks, or a client that breaks the protocol, is no fault of ours.
    errorHandler(error, socket, request) {
      request.log.info(error)
      socket.terminate()
    },
    preClose(done) {
      sayGoodbye(app.websocketServer.clients)
      app.websocketServer.close(done)
    },
  })
  app.route({
    method: 'GET',
    url: eventsPath,
    config: { needs: 'viewer' },
    schema: {
      summary: 'What happens to runs, over a WebSocket',
      description: 'Send {"follow": "all"} or {"follow": [ID, …]}: present states come first, then changes.',
      response: problemAnswer,
    },
    handler: () => {
      throw new AppError('REQUEST_INVALID', 'This address takes only WebSocket connections.')
    },
    wsHandler: (socket, request) => {
      const principal = whoAsks(request)
      if (watches.countOf(principal) >= mostOpen) {
        socket.close(1013, `${principal.user} has ${mostOpen} of these open`)
        return
      }
      const unwatch = watches.add(principal, request.token, () => socket.close(4401, 'Log in again'))
      const feed = new EventFeed(socket, queue)
      socket.on('pong', () => feed.answered())
      socket.on('close', () => {
        unwatch()
        feed[Symbol.dispose]()
      })
      socket.on('message', (data: Buffer) => {
        const follow = parse(data)
        if (follow) void feed.follow(follow)
        else socket.close(1008, 'Say which runs to follow: {"follow": "all"} or {"follow": ["ID"]}')
      })
    },
  })
}

function parse(data: Buffer): Follow | undefined {
  try {
    return followSchema.safeParse(JSON.parse(data.toString('utf8'))).data
  } catch {
    return undefined
  }
}

/** A client that does not answer must not hold up the end. */
function sayGoodbye(clients: Iterable<WebSocket>): void {
  for (const client of clients) {
    client.close(1001, 'Flathouse is stopping')
    setTimeout(() => client.terminate(), goodbyeMs).unref()
  }
}
