import type { PlanView, TransferInput } from '../../../shared/index.ts'
import { usePlan } from '../../api/index.ts'
import { Badge, CodeBlock, EmptyState, Notice, Skeleton, Ticked } from '../../components/index.ts'
import { formatNoun } from '../../format.ts'
import { bodyOf } from '../../words.ts'
import { wayText } from '../ends/dialect-words.ts'
import { useTransfer } from '../state.tsx'
import { unreadable, useErrorCard } from '../trouble/index.ts'
import { useSettled } from '../use-settled.ts'
import { amountOf, commitWords, titleOf, typesNote, wayOf } from './plan-words.ts'

/** What Start would do, in words and in SQL. */
export function PlanTab() {
  const { transfer, missing, preview } = useTransfer()
  const plan = usePlan(useSettled(transfer))
  const cardOf = useErrorCard()
  const sql = preview.data?.sql ?? null
  if (!transfer) return <NoPlan missing={missing ?? 'Choose at least one column.'} sql={sql} />
  if (plan.error) {
    const card = cardOf(plan.error)
    // What to do about it stands there, or beside Start.
    return <NoPlan missing={card ? unreadable(card) : bodyOf(plan.error).message} sql={sql} />
  }
  return (
    <div className={plan.isPlaceholderData ? 'fh-look-stale' : undefined} aria-busy={plan.isFetching}>
      {plan.isPending && <Skeleton label="The plan is being made." lines={6} />}
      {plan.data && <Plan plan={plan.data} transfer={transfer} />}
    </div>
  )
}

const NoPlan = ({ missing, sql }: { missing: string; sql: string | null }) => (
  <div className="fh-stack">
    <EmptyState title="There is no plan yet">{missing}</EmptyState>
    {sql !== null && <CodeBlock label="SELECT of the source" language="sql" code={sql} />}
  </div>
)

function Plan({ plan, transfer }: { plan: PlanView; transfer: TransferInput }) {
  return (
    <div className="fh-stack">
      {plan.warnings.map((warning) => (
        <Notice key={warning} tone="warning" title={warning} />
      ))}
      <div className="fh-plan">
        <div className="fh-stack">
          <Facts plan={plan} transfer={transfer} />
          <div>
            <h3>The same on the command line</h3>
            <CodeBlock label="command" language="shell" code={plan.command} wrap />
          </div>
          <div>
            <h3>As YAML, for flathouse run</h3>
            <CodeBlock label="YAML" language="yaml" code={plan.yaml} />
          </div>
        </div>
        <div className="fh-stack">
          {plan.statements.map((statement, index) => (
            <div key={index}>
              <h3>{titleOf(statement)}</h3>
              <CodeBlock label={`SQL: ${titleOf(statement)}`} language="sql" code={statement.sql} wrap />
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

function Facts({ plan, transfer }: { plan: PlanView; transfer: TransferInput }) {
  const commit = commitWords(plan, transfer)
  const types = typesNote(plan)
  return (
    <dl className="fh-plan-facts">
      <dt>Way</dt>
      <dd>{wayOf(plan)}</dd>
      {plan.reading && (
        <>
          <dt>File</dt>
          <dd>
            <Ticked text={wayText(plan.reading)} />
          </dd>
        </>
      )}
      <dt>Commit</dt>
      <dd>
        {!commit.isAllOrNothing && (
          <>
            <Badge tone="warning" icon="warning">
              direct
            </Badge>{' '}
          </>
        )}
        {commit.text} {plan.commitReason}
      </dd>
      {transfer.direction === 'import' && (
        <>
          <dt>Checks</dt>
          <dd>Every value has to fit its column as it stands: most of the SQL is there to make sure.</dd>
        </>
      )}
      <dt>Amount</dt>
      <dd>
        {formatNoun(plan.columns.length, 'column')}, {amountOf(plan)}
      </dd>
      {types !== undefined && (
        <>
          <dt>Types</dt>
          <dd>{types}</dd>
        </>
      )}
    </dl>
  )
}
