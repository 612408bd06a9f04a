import { pino, type Level } from 'pino'
import { serializers } from '../server/index.ts'

const secret = ['authorization', 'cookie', 'set-cookie']
const places = ['headers', 'req.headers', 'res.headers', 'request.headers', 'response.headers']
const paths = places.flatMap((place) => secret.map((name) => `${place}["${name}"]`))

/** On standard error, where it does not disturb what is printed for a program. */
export const openLog = (level: Level = 'warn') =>
  pino({ level, serializers, redact: { paths, censor: '…' } }, pino.destination({ dest: 2, sync: true }))
