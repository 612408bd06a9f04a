import { sourceCard, targetCard } from './screen.ts'
import { expect, test } from './test.ts'

test('files are uploaded, previewed, used as a source and deleted', async ({ served, page }) => {
  await page.goto(`${served.url}/files`)
  await page.locator('input[type=file]').setInputFiles([
    { name: 'one.csv', mimeType: 'text/csv', buffer: Buffer.from('id;who\n1;<i>Ada</i>\n') },
    { name: 'two words.csv', mimeType: 'text/csv', buffer: Buffer.from('id\n1\n') },
  ])
  const table = page.getByRole('region', { name: 'Files' })
  await expect(table.getByRole('button', { name: 'file two words.csv' })).toBeVisible()
  await table.getByRole('button', { name: 'file one.csv' }).click()
  await expect(page.getByRole('grid', { name: 'Records of one.csv' }).getByText('<i>Ada</i>')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('grid', { name: 'Records of one.csv' })).toBeVisible()

  await table.getByRole('row', { name: 'one.csv' }).getByRole('link', { name: 'Use as source' }).click()
  await expect(sourceCard(page).getByText('UTF-8 · delimiter semicolon ; · header')).toBeVisible()
  await expect(targetCard(page).getByRole('button', { name: 'Table: one' })).toBeVisible()
  await page.goBack()

  await page.getByRole('button', { name: 'Delete two words.csv' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(table.getByRole('button', { name: 'file two words.csv' })).toHaveCount(0)
})
