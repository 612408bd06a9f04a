import { corpus } from './files.ts'
import { isDialectRight, judge, type Verdict } from './judge.ts'
import { paceOf } from './pace.ts'
import { spectrum } from './spectrum.ts'

/** `node tests/corpus/score.ts [seed] [rounds] [details]`: the share of files that are sniffed right, by trait. */
const [seed = '1', rounds = '1', details] = process.argv.slice(2)
const first = paceOf(corpus(2).find(({ trait }) => trait === 'large'))
const verdicts = [...spectrum(), ...corpus(Number(seed), Number(rounds))].map(judge)

const share = (all: Verdict[], test: (verdict: Verdict) => boolean): string => {
  const right = all.filter(test).length
  return `${((right / all.length) * 100).toFixed(1).padStart(6)} %`
}
const line = (name: string, all: Verdict[]): string => {
  const columns = [
    share(all, isDialectRight),
    share(all, ({ table }) => table),
    share(all, ({ encoding }) => encoding),
    share(all, ({ delimiter }) => delimiter),
    share(all, ({ quoting }) => quoting),
    share(all, ({ header }) => header),
    String(all.filter(({ silent }) => silent).length).padStart(7),
  ]
  return `${name.padEnd(34)}${String(all.length).padStart(5)} ${columns.join(' ')}`
}

const traits = new Map<string, Verdict[]>()
for (const verdict of verdicts) {
  const trait = verdict.file.trait.replace(/ (?:#|\/\/|%)$/u, '')
  traits.set(trait, [...(traits.get(trait) ?? []), verdict])
}
console.log(`${'trait'.padEnd(34)}files  dialect    table encoding delimiter  quoting   header  silent`)
for (const [trait, all] of traits) console.log(line(trait, all))
console.log(line('ALL', verdicts))
console.log(`crashed: ${verdicts.filter(({ found }) => found === null).length}`)
console.log(`wrong without a warning: ${verdicts.filter(({ silent }) => silent).length}`)
console.log(
  `a MiB, milliseconds: ${first.toFixed(0)} at the very first, ${paces(verdicts).join(' ')} later (limit 150)`,
)

function paces(all: Verdict[]): string[] {
  return all
    .filter(({ file }) => file.trait === 'large')
    .slice(0, 8)
    .map(({ file }) => paceOf(file).toFixed(0))
}

if (details !== undefined)
  for (const verdict of verdicts.filter((each) => !isDialectRight(each) || !each.table)) {
    const { file, found } = verdict
    const wrong = (['encoding', 'delimiter', 'quoting', 'header', 'table'] as const).filter(
      (part) => !verdict[part],
    )
    console.log(`\n== ${file.name}: ${wrong.join(' ')}${verdict.silent ? ' SILENT' : ''}`)
    console.log(JSON.stringify(file.truth))
    console.log(JSON.stringify(found?.dialect), found?.encoding, found?.confidence)
    console.log(file.text.slice(0, Number(details) || 300))
    const at = verdict.records.findIndex(
      (row, index) => JSON.stringify(row) !== JSON.stringify(file.table[index]),
    )
    if (!verdict.table)
      console.log(
        `${verdict.records.length}/${file.table.length} at ${at}: `,
        JSON.stringify(verdict.records[at]),
        JSON.stringify(file.table[at]),
      )
  }
