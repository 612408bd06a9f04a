import { setFlagsFromString } from 'node:v8'

/**
 * A pipe passes gigabytes through small buffers. With V8's own limit for young objects they pile up until a full
 * collection is due, every 25 MB; a smaller one halves Node's CPU time in a pipe and saves 60 MB (measured on 24.21).
 * To be called before anything is allocated.
 */
export const limitYoungSpace = (): void => setFlagsFromString('--scavenger-max-new-space-capacity-mb=4')
