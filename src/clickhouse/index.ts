export { openServer, type About, type Server } from './server.ts'
export { pipe, type Statement } from './pipe.ts'
export { run } from './run.ts'
export { finished, progress } from './watch.ts'
