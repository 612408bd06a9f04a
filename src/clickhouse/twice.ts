import { PassThrough, type Readable } from 'node:stream'

/** Two streams of the same chunks: the slower reader sets the pace, and when the source breaks, both do. */
export function twice(source: Readable): [Readable, Readable] {
  const copies: [PassThrough, PassThrough] = [new PassThrough(), new PassThrough()]
  for (const copy of copies) {
    // It may be destroyed before anybody listens.
    copy.on('error', () => undefined)
    source.pipe(copy)
  }
  source.once('close', () => {
    if (source.readableEnded) return
    for (const copy of copies) copy.destroy(source.errored ?? new Error('The source broke off.'))
  })
  return copies
}
