// Replicates persons to a PouchDB server: node client.js DIR URL FILE SINGLES.
// FILE holds one document a line. It prints a JSON line for each step: "filled", then
// "bulk" with the milliseconds until the server has all, then "live" when a
// live replication stands, then "single" for each single document that the
// server has; before each single document it waits for a line on stdin.
const fs = require('fs')
const readline = require('readline')
const [dir, url, file, singles] = process.argv.slice(2)
const PouchDB = require('pouchdb').defaults({ prefix: dir + '/' })

const say = (step, more) => console.log(JSON.stringify({ step, ...more }))

async function main () {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const docs = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => {
    const { id, ...rest } = JSON.parse(line)
    return { _id: id, ...rest }
  })
  const alone = docs.splice(docs.length - Number(singles))
  const local = new PouchDB('local')
  for (let i = 0; i < docs.length; i += 1000) await local.bulkDocs(docs.slice(i, i + 1000))
  const remote = new PouchDB(url + '/persons')
  await remote.info()
  say('filled')
  await lines.next()
  const start = process.hrtime.bigint()
  const result = await local.replicate.to(remote, { batch_size: 1000 })
  const ms = Number(process.hrtime.bigint() - start) / 1e6
  if (result.docs_written !== docs.length) throw new Error('written: ' + result.docs_written)
  say('bulk', { ms })
  await lines.next()
  const live = local.replicate.to(remote, { live: true, retry: true })
  let paused = null
  live.on('paused', () => { if (paused) paused() })
  await new Promise((resolve) => { paused = resolve })
  say('live')
  for (const doc of alone) {
    await lines.next()
    const done = new Promise((resolve) => { paused = resolve })
    await local.put(doc)
    await done
    say('single')
  }
  live.cancel()
}

main().then(() => process.exit(0), (err) => { console.error(err); process.exit(1) })
