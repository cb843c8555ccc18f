// What every suite in JavaScript stands on: checks that are run in order, and waits that have a bound.
const { randomBytes } = require('node:crypto')

const patience = Number(process.env.SLUICE_INTEROP_PATIENCE || 1)
const waitSeconds = 30 * patience
const checks = []

/** A name that no other check uses, for topics and groups. */
const unique = (stem) => `${stem}-${randomBytes(4).toString('hex')}`

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again and again, until the condition holds. */
async function until(condition, what) {
  const end = Date.now() + 1000 * waitSeconds
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${waitSeconds} s: ${what}`)
    await pause(20)
  }
}

/** Adds one check; it passes unless it throws. */
const check = (name, body) => checks.push({ name, body })

/** Runs all checks, or those whose name contains $INTEROP_CHECK, and exits with 1 if one failed. */
async function main() {
  let failed = 0
  for (const { name, body } of checks.filter((one) => one.name.includes(process.env.INTEROP_CHECK || ''))) {
    const begun = Date.now()
    try {
      await body()
      console.log(`ok ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
    } catch (error) {
      failed++
      console.log(`not ok ${name}\n  ${error.stack}`)
    }
  }
  process.exit(failed ? 1 : 0)
}

module.exports = { bootstrap: process.env.INTEROP_BOOTSTRAP, check, main, unique, until }
