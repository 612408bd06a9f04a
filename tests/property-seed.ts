import fc from 'fast-check'

/**
 * The same commit is to give the same answer, so property tests draw the same cases each time.
 * To look for new ones: `PROPERTY_SEED=$RANDOM npm run test:unit`.
 */
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_261_121)

fc.configureGlobal({ seed })
