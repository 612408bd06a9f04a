import type { ErrorCode } from '../../src/shared/index.ts'
import { bombs } from './hostile-bombs.ts'
import { refusedTexts, type Hostile } from './hostile-sql.ts'
import { openAttacked, type Attack, type Attacked } from './hostile-support.ts'

/** `node tests/contract/hostile-table.ts`: what becomes of the hostile texts, as a table for the documentation. */
type Fate = 'refused' | 'stopped by a limit' | 'cancelled' | 'let through'
const fates: readonly Fate[] = ['refused', 'stopped by a limit', 'cancelled', 'let through']

async function main(): Promise<void> {
  await using attacked = await openAttacked()
  const [secret = ''] = attacked.secrets
  const rows = [...(await judged(attacked, refusedTexts(secret))), ...(await judged(attacked, bombs))]
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`
  console.log(line(['a text that', 'texts', ...fates]))
  console.log(line(['---', '---:', ...fates.map(() => '---:')]))
  for (const [kind, found] of Map.groupBy(rows, (row) => row.kind)) {
    console.log(line([kind, found.length, ...fates.map((fate) => count(found, fate))]))
  }
  console.log(line(['**all**', rows.length, ...fates.map((fate) => count(rows, fate))]))
  console.log(`\nSecrets told: ${rows.filter(({ tells }) => tells).length}. `)
  console.log(`Server unharmed: ${String(await attacked.isUnharmed())}.`)
}

interface Row {
  kind: string
  fate: Fate
  tells: boolean
}

const count = (rows: Row[], fate: Fate) => rows.filter((row) => row.fate === fate).length

async function judged(attacked: Attacked, texts: Hostile[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const hostile of texts) {
    const started = performance.now()
    const attack = await attacked.attack(hostile, 3000)
    rows.push({ kind: hostile.kind, fate: fateOf(attack), tells: attack.tells })
    if (process.argv.includes('--each')) {
      const took = Math.round(performance.now() - started)
      console.log(attack.ends.join(), `${took} ms`, JSON.stringify(hostile.text.slice(0, 120)))
    }
  }
  return rows
}

function fateOf({ ends }: Attack): Fate {
  const is = (codes: (ErrorCode | null)[]) => ends.some((end) => codes.includes(end))
  if (is([null])) return 'let through'
  if (is(['CANCELLED'])) return 'cancelled'
  return is(['MEMORY_LIMIT', 'SERVER_REFUSED']) ? 'stopped by a limit' : 'refused'
}

await main()
