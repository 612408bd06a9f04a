import { Redirect } from 'wouter'
import { ButtonLink, Notice } from '../components/index.ts'
import { useTitle } from './title.ts'

/** Stands where transfers are made, for who may only look on. */
export function LookOnly() {
  useTitle('Transfer')
  if (location.search === '') return <Redirect to="/runs" replace />
  return (
    <>
      <h1>Transfer</h1>
      <Notice
        tone="info"
        title="Running a transfer needs the role operator; yours is viewer."
        actions={
          <>
            <ButtonLink href="/runs" icon="runs">
              See the runs
            </ButtonLink>
            <ButtonLink href="/files" icon="folder">
              See the files
            </ButtonLink>
          </>
        }
      >
        An administrator of this Flathouse can give it to you.
      </Notice>
    </>
  )
}
