export * from './dialect.ts'
export * from './errors/index.ts'
